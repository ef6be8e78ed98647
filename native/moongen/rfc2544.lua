--- RFC 2544, section 26.1: the highest load at which not one packet is lost, found by halving.
---   MoonGen rfc2544.lua 0 1 --frame 64 --max-pps 14880952 --duration 60 --resolution 0.001

local mg     = require "moongen"
local device = require "device"
local offer  = require "offer"

function configure(parser)
	parser:description("RFC 2544 throughput: the highest load at which not one packet is lost.")
	offer.options(parser)
	parser:option("--max-pps", "Where the search begins: the line rate."):target("maxPps"):default(14880952):convert(tonumber)
	parser:option("--resolution", "The search ends when its bounds are this near, as a share of the maximum."):default(0.001):convert(tonumber)
end

function master(args)
	local tx = device.config{ port = args.txDev }
	local rx = args.rxDev == args.txDev and tx or device.config{ port = args.rxDev }
	device.waitForLinks()
	local lower, upper = 0, args.maxPps
	local load = upper
	while true do
		local trial = offer.trial(args, tx, rx, load)
		offer.say("trial", trial)
		-- A load that was not offered says nothing of the device; nothing above it can be tried either.
		local offered = trial.sent / trial.seconds
		if trial.sent == trial.received and trial.sent > 0 then lower = math.min(load, offered) else upper = load end
		if load == args.maxPps and lower > 0 then break end
		if upper - lower <= args.resolution * args.maxPps then break end
		load = (lower + upper) / 2
	end
	offer.say("rfc2544", { lowerPps = lower, upperPps = upper, frame = args.frame })
	mg.stop()
end

send = offer.send
