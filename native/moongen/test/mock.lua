--- A MOCK of the parts of MoonGen that the experiments use: a device that forwards up to a capacity, in a time that only passes
--- when it is waited for. It shows that the scripts run and reckon right; it measures nothing.
---   luajit mock.lua CAPACITY_PPS SCRIPT ARGUMENTS...

local capacity = tonumber(arg[1])
local script = arg[2]
package.path = script:match("(.-)[^/]+$") .. "?.lua;" .. package.path

local now, deadline = 0, 0
local tasks = {}

local mg = {}
function mg.running() return now < deadline end
function mg.setRuntime(seconds) deadline = now + seconds end
function mg.getTime() return now end
function mg.sleepMillis(ms) now = now + ms / 1000 end
function mg.stop() deadline = now end
--- Tasks run one after the other, each over the same stretch of time, when they are waited for.
function mg.startTask(name, ...)
	local task = { run = assert(_G[name], "no task " .. name), args = { ... } }
	function task:wait() return self.result end
	tasks[#tasks + 1] = task
	return task
end
function mg.waitForTasks()
	local start, latest = now, now
	for _, task in ipairs(tasks) do
		now = start
		task.result = task.run(unpack(task.args))
		latest = math.max(latest, now)
	end
	now, tasks = latest, {}
end

local burst = 64
local Device = {}
Device.__index = Device
function Device:getTxQueue(id)
	return {
		dev = self, id = id, pps = 1e9,
		setRateMpps = function(queue, rate) queue.pps, self.pps = rate * 1e6, rate * 1e6 end,
		send = function(queue, bufs)
			-- A paced queue holds its sender back.
			now = now + bufs.size / self.pps
			self.sent = self.sent + bufs.size
			self.received = self.received + bufs.size * math.min(1, capacity / self.pps)
			return bufs.size
		end,
	}
end
function Device:getRxQueue(id) return { dev = self, id = id } end

local devices = {}
local device = {}
function device.config(options)
	devices[options.port] = devices[options.port] or setmetatable({ sent = 0, received = 0, pps = 1e9 }, Device)
	return devices[options.port]
end
function device.waitForLinks() end

--- Whatever port they are, what one sends the other receives.
local function total(field)
	local sum = 0
	for _, dev in pairs(devices) do sum = sum + dev[field] end
	return math.floor(sum)
end
local function counter(field)
	local function read(self) self.total = total(field) end
	return { update = read, finalize = read }
end
local stats = {
	newDevTxCounter = function(_, _, format) assert(format == "nil") return counter("sent") end,
	newDevRxCounter = function(_, _, format) assert(format == "nil") return counter("received") end,
}

local function packet()
	return { fill = function(_, fields) assert(fields.pktLength >= 60, "a frame of less than 64 bytes") end,
		ip4 = { src = { set = function(_, address) assert(type(address) == "number") end } } }
end
local memory = {}
function memory.createMemPool(initialize)
	local bufs = { size = burst, alloc = function(_, size) assert(size >= 60) end, offloadUdpChecksums = function() end }
	for i = 1, burst do
		local one = packet()
		bufs[i] = { getUdpPacket = function() return one end }
		initialize(bufs[i])
	end
	return { bufArray = function() return bufs end }
end

--- Latencies that count up: 1000 ns, 1001, 1002, and again; every tenth packet is lost.
local timestamping = {}
function timestamping:newUdpTimestamper()
	local sent = 0
	return { measureLatency = function(_, size, modify)
		assert(size >= 84)
		modify{ getUdpPacket = packet }
		sent = sent + 1
		if sent % 10 ~= 0 then return 1000 + sent % 3 end
	end }
end

local histogram = {}
function histogram:new()
	local counts, samples = {}, 0
	return {
		update = function(_, ns)
			if ns then counts[ns], samples = (counts[ns] or 0) + 1, samples + 1 end
		end,
		totals = function() return samples end,
		save = function(_, file)
			local values = {}
			for ns in pairs(counts) do values[#values + 1] = ns end
			table.sort(values)
			local out = assert(io.open(file, "w"))
			for _, ns in ipairs(values) do out:write(("%s,%s\n"):format(ns, counts[ns])) end
			out:close()
		end,
	}
end

local timer = {}
function timer:new(seconds)
	return { wait = function() now = now + seconds end, reset = function() end }
end

--- As much of an argument parser as `configure` uses.
local Parser = { options = {}, arguments = {} }
local function described(list, name)
	local entry = { name = name:gsub("^%-%-", "") }
	function entry:default(value) self.value = value return self end
	function entry:convert(convert) self.read = convert return self end
	function entry:target(target) self.field = target return self end
	list[#list + 1] = entry
	return entry
end
function Parser:description() return self end
function Parser:argument(name) return described(self.arguments, name) end
function Parser:option(name) return described(self.options, name) end
function Parser:parse(words)
	local args, position = {}, 0
	for _, option in ipairs(self.options) do args[option.field or option.name] = option.value end
	local i = 1
	while i <= #words do
		local name = words[i]:match("^%-%-(.+)")
		local entry
		if name then
			for _, option in ipairs(self.options) do entry = option.name == name and option or entry end
			i = i + 1
		else
			position = position + 1
			entry = self.arguments[position]
		end
		assert(entry, "unknown argument " .. words[i])
		args[entry.field or entry.name] = (entry.read or tostring)(words[i])
		i = i + 1
	end
	return args
end

function parseIPAddress(text)
	local a, b, c, d = text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
	return ((a * 256 + b) * 256 + c) * 256 + d
end

for name, module in pairs{ moongen = mg, device = device, stats = stats, memory = memory, timer = timer,
	timestamping = timestamping, histogram = histogram } do
	package.preload[name] = function() return module end
end
-- MoonGen runs the script, asks it what it takes, then calls its master.
print("MOCK of MoonGen: nothing here is measured")
dofile(script)
configure(Parser)
master(Parser:parse({ unpack(arg, 3) }))
