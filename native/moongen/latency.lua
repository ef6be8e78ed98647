--- Offers a load, and beside it sends packets that the devices timestamp, a thousand a second at most: their latency, in ns, goes
--- into a histogram (`value,count` on each line). From when a packet really left, not from when it was meant to.
---   MoonGen latency.lua 0 1 --pps 1000000 --duration 10 --histogram latency.csv

local mg        = require "moongen"
local device    = require "device"
local timestamp = require "timestamping"
local histogram = require "histogram"
local timer     = require "timer"
local offer     = require "offer"

-- Of a packet with the timestamp's header.
local smallest = 84

function configure(parser)
	parser:description("Offers a load, and takes the latency of timestamped packets beside it.")
	offer.options(parser)
	parser:option("--histogram", "File for the histogram."):default("histogram.csv")
end

function master(args)
	local tx = device.config{ port = args.txDev, txQueues = 2 , rxQueues = 2 }
	local rx = args.rxDev == args.txDev and tx or device.config{ port = args.rxDev, txQueues = 2, rxQueues = 2 }
	device.waitForLinks()
	local samples
	local result = offer.trial(args, tx, rx, args.pps, function()
		samples = mg.startTask("measure", tx:getTxQueue(1), rx:getRxQueue(1), args.frame, args.histogram)
	end)
	result.samples = samples:wait()
	offer.say("latency", result)
	mg.stop()
end

--- A task: one timestamped packet after the other, each awaited, until the run time is over.
function measure(txQueue, rxQueue, frame, file)
	local size = math.max(smallest, frame)
	local timestamper = timestamp:newUdpTimestamper(txQueue, rxQueue)
	local latency = histogram:new()
	local pace = timer:new(0.001)
	while mg.running() do
		latency:update(timestamper:measureLatency(size, function(buf) offer.fill(buf, size + 4) end))
		pace:wait()
		pace:reset()
	end
	latency:save(file)
	return (latency:totals())
end

send = offer.send
