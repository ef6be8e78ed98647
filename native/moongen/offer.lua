--- What the experiments of this folder share: packets of a load, counting them, and saying the result.
--- They run in MoonGen (github.com/emmericp/MoonGen), which is not part of NetVM.

local mg     = require "moongen"
local memory = require "memory"
local stats  = require "stats"

local offer = {}

-- RFC 2544, appendix C.2.2: addresses for benchmarks. Each flow has a source address of its own.
local source      = "198.18.0.1"
local destination = "198.19.0.1"
local crc         = 4

--- The options that every experiment has.
function offer.options(parser)
	parser:argument("txDev", "Device that sends."):convert(tonumber)
	parser:argument("rxDev", "Device that receives; may be the same."):convert(tonumber)
	parser:option("--pps", "Load, packets per second; the device paces it."):default(1000000):convert(tonumber)
	parser:option("--frame", "Frame size in bytes, CRC included."):default(64):convert(tonumber)
	parser:option("--flows", "Number of flows."):default(1):convert(tonumber)
	parser:option("--duration", "Length of a trial in seconds."):default(10):convert(tonumber)
	parser:option("--drain", "Seconds to wait for the last packets."):default(1):convert(tonumber)
end

--- Header fields of a packet of the load, without the CRC.
function offer.fill(buf, frame)
	buf:getUdpPacket():fill{
		ip4Src = source, ip4Dst = destination, udpSrc = 1234, udpDst = 319, pktLength = frame - crc,
	}
end

--- A task: sends until the run time is over, and returns how many packets it gave to the device.
function offer.send(queue, frame, flows)
	local pool = memory.createMemPool(function(buf) offer.fill(buf, frame) end)
	local bufs = pool:bufArray()
	local base = parseIPAddress(source)
	local flow, sent = 0, 0
	while mg.running() do
		bufs:alloc(frame - crc)
		for _, buf in ipairs(bufs) do
			buf:getUdpPacket().ip4.src:set(base + flow)
			flow = (flow + 1) % flows
		end
		bufs:offloadUdpChecksums()
		sent = sent + queue:send(bufs)
	end
	return sent
end

--- One trial: a load for a while, a pause for what is still on its way, and what was counted.
--- `alongside` starts what else is to run; left out, nothing does.
function offer.trial(args, tx, rx, pps, alongside)
	local queue = tx:getTxQueue(0)
	queue:setRateMpps(pps / 1e6, args.frame - crc)
	-- The devices' own counters: what left and what arrived, not what was meant to. They go on from whatever they were.
	local txCounter = stats:newDevTxCounter(tx, "nil")
	local rxCounter = stats:newDevRxCounter(rx, "nil")
	txCounter:update()
	rxCounter:update()
	local txBefore, rxBefore = txCounter.total, rxCounter.total
	mg.setRuntime(args.duration)
	local began = mg.getTime()
	mg.startTask("send", queue, args.frame, args.flows)
	if alongside then alongside() end
	mg.waitForTasks()
	local seconds = mg.getTime() - began
	mg.sleepMillis(args.drain * 1000)
	txCounter:finalize(0)
	rxCounter:finalize(0)
	return { pps = pps, sent = txCounter.total - txBefore, received = rxCounter.total - rxBefore, seconds = seconds }
end

--- One line that a program can tell from MoonGen's own: `netvm KIND {"name":number,...}`, names in order.
function offer.say(kind, result)
	local names = {}
	for name in pairs(result) do names[#names + 1] = name end
	table.sort(names)
	local fields = {}
	for i, name in ipairs(names) do fields[i] = ('"%s":%.9g'):format(name, result[name]) end
	-- Counters need all their digits.
	for i, name in ipairs(names) do
		if result[name] % 1 == 0 then fields[i] = ('"%s":%.0f'):format(name, result[name]) end
	end
	print(("netvm %s {%s}"):format(kind, table.concat(fields, ",")))
end

return offer
