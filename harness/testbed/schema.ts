import { z } from 'zod';
import { chainNfsMax } from '../profile/plan.ts';

const cores = z
  .array(z.int().min(0).max(1023))
  .length(1, 'expected a list of exactly one core, for example [0]')
  .describe('Processor cores, as numbered by the kernel');

/** The data plane's own, and one for each NF of the longest chain. */
const deviceCoresMax = chainNfsMax + 1;

const deviceCores = z
  .array(z.int().min(0).max(1023))
  .min(1)
  .max(deviceCoresMax, `expected at most ${deviceCoresMax} cores`)
  .describe(
    'The first is netvmd’s (or the switch’s of a baseline); NFs run on those that follow, in the order of the chain and from the first of them on again where there are fewer. A list of one: all run on it',
  );

/** As many queues as the native programs can have (WIRE_QUEUES_MAX in native/base/wire.h). */
const queuesMax = 16;

const coreList = (what: string) =>
  z
    .array(z.int().min(0).max(1023))
    .min(1)
    .max(queuesMax, `expected at most ${queuesMax} cores`)
    .optional()
    .describe(what);

const program = (name: string) =>
  z
    .string()
    .max(4096)
    .regex(/^\/[^\0]+$/, 'expected an absolute path, for example /usr/local/bin/pktgen')
    .optional()
    .describe(`Where ${name} is; looked for on the PATH where left out`);

/** What a testbed file may say. Its input side is published as `testbeds/testbed.schema.json`. */
export const testbedSchema = z.strictObject({
  schema: z.literal('testbed/1').describe('Format of this file'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of small letters, digits and "-", at most 40 long')
    .describe('Name of the testbed'),
  kind: z
    .enum(['local'])
    .describe('local: both ends are processes on this machine, joined by a virtual wire'),
  generator: z
    .strictObject({
      cores,
      txCores: coreList(
        'Where packets are sent, each core with a queue of the wire and its share of the load; the core in `cores` where left out',
      ),
      rxCores: coreList(
        'Where packets are received, no more cores than send; a core can do both. The core in `cores` where left out',
      ),
      testpmd: program('dpdk-testpmd'),
      pktgen: program('Pktgen-DPDK'),
      moongen: program('MoonGen'),
    })
    .describe('Where the traffic comes from'),
  device: z.strictObject({ cores: deviceCores }).describe('Where the device under test runs'),
  hugepages: z.strictObject({
    pages2M: z
      .int()
      .min(64)
      .max(65536)
      .describe(
        'Huge pages of 2 MB that a run needs free; the kernel spreads them over NUMA nodes, and netvm takes those of the node of the device’s core alone',
      ),
  }),
});
