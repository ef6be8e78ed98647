import { z } from 'zod';
import { generatorNames } from '../model/generator.ts';
import { pageSizesBytes } from '../model/page-size.ts';
import type { PageSizeName } from '../model/page-size.ts';
import {
  chainNfsMax,
  dataplaneNames,
  flowsMax,
  isolationNames,
  methodNames,
  nfNames,
  schedulingNames,
} from './plan.ts';
import { ownKeys } from './own-settings.ts';
import { bitRate, duration, share } from './quantity.ts';

const trialTime = duration('10 ms', '10 min');

/** A Search Goal of RFC 9971, by its attributes. */
const goal = z.strictObject({
  lossRatio: share('0 %', '100 %').describe('Goal Loss Ratio: loss that still passes'),
  exceedRatio: share('0 %', '100 %')
    .prefault('50 %')
    .describe('Goal Exceed Ratio: so much of the time at a load may lose more'),
  width: share('0.01 %', '50 %')
    .optional()
    .describe("Goal Width: how near the bounds must be; the method's resolution where left out"),
  initialTrialDuration: trialTime
    .optional()
    .describe('Goal Initial Trial Duration: no trial is shorter; finalTrialDuration where left out'),
  finalTrialDuration: trialTime
    .optional()
    .describe("Goal Final Trial Duration; the method's trialDuration where left out"),
  durationSum: duration('10 ms', '240 min')
    .optional()
    .describe('Goal Duration Sum: so much time in trials decides a load; finalTrialDuration where left out'),
});

/** RFC 6985. What the letters mean is checked later, with a place. */
const imix = z.strictObject({
  imix: z
    .string()
    .min(1)
    .max(4096)
    .describe('Genome (RFC 6985): a letter a frame or a number and a letter, for example 7a4A1g'),
  customSizes: z
    .record(
      z.string().regex(/^[A-Z]$/, 'expected a capital letter'),
      z.int().min(64).max(1518).describe('Ethernet frame size in bytes, CRC included'),
    )
    .default({})
    .describe('Sizes of the capital letters'),
});

const traffic = z.strictObject({
  ip: z.union([z.literal(4), z.literal(6)], 'expected 4 or 6').default(4),
  vlan: z
    .array(z.int().min(1).max(4094))
    .max(2)
    .default([])
    .describe('VLAN ids, outer first: one is 802.1Q, two are QinQ'),
  arrival: z
    .union(
      [z.enum(['constant', 'poisson']), z.strictObject({ burst: z.int().min(1).max(65536) })],
      'expected constant, poisson or {burst: packets}',
    )
    .default('constant')
    .describe('When packets arrive, at the mean rate of the load'),
  flowModel: z
    .union(
      [
        z.enum(['cycle', 'uniform']),
        z.strictObject({ zipf: z.number().min(0.01).max(10) }),
        z.strictObject({ churn: z.number().min(0.001).max(1e7) }),
      ],
      'expected cycle, uniform, {zipf: exponent} or {churn: new flows a second}',
    )
    .default('cycle')
    .describe('Which flow a packet is of'),
  replay: z
    .strictObject({
      file: z.string().min(1).max(1000).describe('pcap or pcapng of Ethernet; relative to this file'),
      rate: z
        .enum(['load', 'recorded'])
        .default('load')
        .describe("The trial's load, or the file's own times"),
      tag: z.boolean().default(false).describe('Write sequence numbers and times over the ends of payloads'),
    })
    .optional()
    .describe('Send the frames of a capture'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1).describe('Decides every random draw'),
});

const frameSize = z.int().min(64).max(1518).describe('Ethernet frame size in bytes, CRC included');

/** What a profile file may say. Its input side is published as `profiles/profile.schema.json`. */
export const profileSchema = z.strictObject({
  schema: z.literal('profile/1').describe('Format of this file'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of small letters, digits and "-", at most 40 long')
    .describe('Name of the profile, part of the run id'),
  description: z.string().max(2000).default('').describe('What it is for'),
  dataplanes: z.array(z.enum(dataplaneNames)).min(1).max(16).describe('Systems to measure, side by side'),
  chains: z
    .array(z.array(z.enum(nfNames)).min(1).max(chainNfsMax))
    .min(1)
    .max(32)
    .describe('Chains of network functions, each in order'),
  isolations: z
    .array(z.enum(isolationNames))
    .min(1)
    .max(isolationNames.length)
    .optional()
    .describe(
      "How NetVM's NFs run: each in a process of its own, in a guest without an operating system (microvm), in a virtual machine (vm), or all inline in NetVM's own thread, with no isolation. [process] where left out",
    ),
  trustDomains: z
    .array(z.int().min(1).max(8))
    .min(1)
    .max(8)
    .optional()
    .describe(
      "Into how many trust domains NetVM's chains are cut, evenly: each has memory of its own, and packets are copied at its borders. [1] where left out",
    ),
  instances: z
    .array(z.int().min(1).max(16))
    .min(1)
    .max(16)
    .optional()
    .describe(
      "How many instances each NF of NetVM's chains has, each value a cell: a flow stays with the one it came to first. [1] where left out",
    ),
  flowEntries: z
    .array(z.int().min(0).max(flowsMax))
    .min(1)
    .max(8)
    .optional()
    .describe(
      "How many exact flows NetVM's flow table holds before anything is measured, the first ones that the generator sends, each value a cell. [0] where left out",
    ),
  schedulings: z
    .array(z.enum(schedulingNames))
    .min(1)
    .max(schedulingNames.length)
    .optional()
    .describe(
      "How NetVM's NFs wait for packets, each a cell: sleeping at once, polling for a while first, or always. [shared] where left out",
    ),
  frameSizesBytes: z
    .array(z.union([frameSize, imix], 'expected a frame size in bytes, or {imix: genome}'))
    .min(1)
    .max(32),
  hugePageSizes: z
    .array(z.enum(Object.keys(pageSizesBytes) as [PageSizeName, ...PageSizeName[]]))
    .min(1)
    .max(3)
    .optional()
    .describe("Pages that NetVM's region lies on, each a cell; 2 MB where left out. 4 KB are ordinary pages"),
  traffic: traffic.optional().describe('Leave out for plain IPv4 at even distances'),
  lineRate: bitRate('1 Mbit/s', '400 Gbit/s').describe('Rate of the wire, or "unpaced"'),
  generator: z
    .enum(generatorNames)
    .default('native')
    .describe('Where the traffic comes from; one that cannot do what the profile asks for is refused'),
  flows: z
    .int()
    .min(1)
    .max(flowsMax)
    .default(1024)
    .describe('Number of 5-tuples the generator cycles through'),
  method: z
    .strictObject({
      name: z
        .enum(methodNames)
        .describe(
          'A search by its preset or, mlrsearch, for goals of your own; or a method that needs no search, or one of its own',
        ),
      trialDuration: duration('10 ms', '10 min').optional().describe('Only mrr has a default: 1 s'),
      resolution: share('0.01 %', '50 %')
        .optional()
        .describe('The search ends when its bounds are this near; 2 % where left out, 0.5 % for csit-*'),
      loss: share('0 %', '50 %').optional().describe('Loss that still passes; none where left out'),
      goals: z
        .array(goal)
        .min(1)
        .max(8)
        .optional()
        .describe('What mlrsearch searches for; the other methods have goals of their own'),
      minLoad: share('0.001 %', '100 %')
        .prefault('0.1 %')
        .describe("Min Load: below this share of the wire's rate nothing is looked for"),
      maxLoad: share('0.001 %', '100 %')
        .prefault('100 %')
        .describe("Max Load: no more than this share of the wire's rate is offered"),
      maxRepeats: z.int().min(0).max(100).default(6).describe('How often a disturbed trial is repeated'),
      drain: duration('1 ms', '10 s')
        .prefault('50 ms')
        .describe('How long the receiver waits after the last packet'),
      ...ownKeys,
    })
    .describe('How throughput is found'),
  latency: z
    .strictObject({
      loads: z
        .array(share('0 %', '100 %'))
        .min(1)
        .max(16)
        .describe('Share of the found throughput; 0 % is a load so low that no packet waits for another'),
      duration: duration('10 ms', '10 min'),
      repetitions: z
        .int()
        .min(1)
        .max(100)
        .default(1)
        .describe('Trials at each load, of which medians are taken; RFC 8219 wants at least 20'),
      stampEvery: z.int().min(1).max(65536).default(64).describe('One packet in so many carries a timestamp'),
      frameSizesBytes: z
        .array(frameSize)
        .min(1)
        .max(32)
        .optional()
        .describe('Only these; all where left out'),
    })
    .optional()
    .describe('Leave out to measure no latency'),
  generatorCeiling: z
    .strictObject({
      runs: z.int().min(1).max(100).default(3),
      duration: duration('10 ms', '10 min').prefault('300 ms'),
    })
    .prefault({})
    .describe("How the generator's own ceiling is measured before the run"),
});

export type ProfileInput = z.output<typeof profileSchema>;
