import { z } from 'zod';
import { dataplaneNames, methodNames, nfNames } from './plan.ts';
import { bitRate, duration, share } from './quantity.ts';

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
    .array(z.array(z.enum(nfNames)).min(1).max(8))
    .min(1)
    .max(32)
    .describe('Chains of network functions, each in order'),
  frameSizesBytes: z.array(frameSize).min(1).max(32),
  lineRate: bitRate('1 Mbit/s', '400 Gbit/s').describe('Rate of the wire, or "unpaced"'),
  flows: z.int().min(1).max(65536).default(1024).describe('Number of 5-tuples the generator cycles through'),
  method: z
    .strictObject({
      name: z.enum(methodNames),
      trialDuration: duration('10 ms', '10 min'),
      resolution: share('0.01 %', '50 %')
        .prefault('2 %')
        .describe('The search ends when its bounds are this near'),
      loss: share('0 %', '50 %').prefault('0 %').describe('Loss that still passes'),
      maxRepeats: z.int().min(0).max(100).default(6).describe('How often a disturbed trial is repeated'),
      drain: duration('1 ms', '10 s')
        .prefault('50 ms')
        .describe('How long the receiver waits after the last packet'),
    })
    .describe('How throughput is found'),
  latency: z
    .strictObject({
      loads: z.array(share('1 %', '100 %')).min(1).max(16).describe('Share of the found throughput'),
      duration: duration('10 ms', '10 min'),
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
