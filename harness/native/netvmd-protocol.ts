import { z } from 'zod';
import { controlErrorSchema } from './control.ts';

// What netvmd can be asked over its control socket. This is the definition: types, the client and docs/netvmd-control.schema.json
// are made of it, and a test holds netvmd to it.

const count = z.int().nonnegative();
/** Out of memory that an NF writes: it may say any number. */
const said = z.number().nonnegative();
const done = z.object({});
const none = z.strictObject({});

const domain = z.int().min(0).max(7).describe('Number of a trust domain: which --region option, from 0');
const slot = z.int().min(0).max(31);
const inline = z.int().min(0).max(31).describe('What inline.load answered');
const name = z.string().regex(/^[a-z0-9-]{1,31}$/);
const chain = name.describe('Name of a chain');
const service = name.describe('Name of a service');
const port = z.int().min(0).max(65535);
const protocol = z.union([z.enum(['udp', 'tcp']), z.int().min(0).max(255)]);
const prefix = z.string().describe('10.0.0.0/8, 10.1.2.3, 2001:db8::/32');
const portRange = z.union([port, z.tuple([port, port])]).describe('A port, or the first and the last one');

const hop = z
  .union([
    slot,
    z.strictObject({ domain: domain.optional(), slot }),
    z.strictObject({ inline }),
    z.strictObject({ service }),
  ])
  .describe(
    'An NF (a bare slot is of domain 0), an inline NF, or a service: one of its instances for each flow',
  );
export type Hop = z.input<typeof hop>;

const flow = z.strictObject({
  src: z.string(),
  dst: z.string(),
  protocol,
  srcPort: port,
  dstPort: port,
});

const flows = z.array(flow).min(1).max(8192);

const rule = z.strictObject({
  src: prefix.optional(),
  dst: prefix.optional(),
  protocol: protocol.optional(),
  srcPort: portRange.optional(),
  dstPort: portRange.optional(),
  chain,
});

export const netvmdStatus = z.object({
  state: z.enum(['ready', 'chain-down']),
  linkUp: z.boolean(),
  chains: z.array(
    z.object({
      chain,
      weight: z.int().min(1).max(1000),
      state: z.enum(['up', 'down']),
      hops: z.array(hop),
      /** Packets since netvmd started. */
      entered: count,
      left: count,
      dropped: count,
      inFlight: count,
    }),
  ),
  services: z.array(z.object({ service, number: count, domain, instances: z.array(slot) })),
  nfs: z.array(
    z.object({
      domain,
      slot,
      /** NUMA node of its core; -1 where it is not known. */
      node: z.int().min(-1),
      name: z.string(),
      pid: count,
      state: z.enum(['ready', 'dead', 'quarantined', 'refused']),
      /** When it was ready, by the time-stamp counter; it may have been by so many ticks earlier: 0 where it has said when itself. */
      readyTsc: z.number().nonnegative(),
      readyWithinTicks: z.number().nonnegative(),
      /** Packets in the ring that leads into it, and how many fit. */
      ring: z.object({ depth: count, entries: count }),
      /** As the NF itself says: since it started. */
      received: said,
      dropped: said,
      wakeups: said,
      /** Packets on routes that go through it. */
      inFlight: count,
    }),
  ),
  inlineNfs: z.array(z.object({ inline, name: z.string() })),
  flows: z.object({ entries: count, capacity: count, rules: count }),
  /** Exact only while no packets come in. `parked` ones had to be given up, and an NF that lives may still hold them. */
  buffers: z.object({
    ...{ total: count, pool: count, port: count, chain: count, parked: count, reclaimed: count },
  }),
});
export type NetvmdStatus = z.output<typeof netvmdStatus>;

/** Each method: what it takes, and what it answers. */
export const netvmdMethods = {
  status: { params: none, result: netvmdStatus },
  'chain.set': {
    params: z.strictObject({
      chain: chain.optional(),
      hops: z.array(hop).max(32),
      weight: z.int().min(1).max(1000).optional(),
    }),
    result: done,
  },
  'chain.delete': { params: z.strictObject({ chain }), result: done },
  'service.set': {
    params: z.strictObject({ service, domain: domain.optional(), instances: z.array(slot).max(16) }),
    result: z.object({ number: count }),
  },
  'nf.stop': { params: z.strictObject({ domain: domain.optional(), slot }), result: done },
  'flow.set': { params: z.strictObject({ flows, chain }), result: done },
  'flow.delete': { params: z.strictObject({ flows }), result: done },
  'rules.set': { params: z.strictObject({ rules: z.array(rule).max(10_000) }), result: done },
  'inline.load': {
    params: z.strictObject({
      file: z.string().describe('Absolute path of nf-<name>.so'),
      options: z.array(z.string()).optional(),
    }),
    result: z.object({ inline }),
  },
  'inline.unload': { params: z.strictObject({ inline }), result: done },
  shutdown: { params: none, result: done },
};
export type NetvmdMethods = typeof netvmdMethods;

/** As one schema, to be published: the methods by their names, and what a refusal is. */
export const netvmdProtocol = z.strictObject({
  methods: z.strictObject(
    Object.fromEntries(
      Object.entries(netvmdMethods).map(([name, { params, result }]) => [
        name,
        z.strictObject({ params, result }),
      ]),
    ),
  ),
  error: controlErrorSchema,
});
