--- Offers a load for a while and says what came back.
---   MoonGen load.lua 0 1 --pps 1000000 --frame 64 --duration 10

local mg     = require "moongen"
local device = require "device"
local offer  = require "offer"

function configure(parser)
	parser:description("Offers a load for a while and says what came back.")
	offer.options(parser)
end

function master(args)
	local tx = device.config{ port = args.txDev }
	local rx = args.rxDev == args.txDev and tx or device.config{ port = args.rxDev }
	device.waitForLinks()
	offer.say("load", offer.trial(args, tx, rx, args.pps))
	mg.stop()
end

-- A task is found by its name in the script.
send = offer.send
