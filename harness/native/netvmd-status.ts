import { z } from 'zod';

const count = z.number().int().nonnegative();
/** Out of memory that the NF writes: it may say any number. */
const said = z.number().nonnegative();

/** What netvmd answers to `status`. */
export const netvmdStatus = z.object({
  linkUp: z.boolean(),
  nfs: z.array(
    z.object({
      domain: count,
      slot: count,
      name: z.string(),
      pid: count,
      state: z.string(),
      /** Packets in the ring that leads into it, and how many fit. */
      ring: z.object({ depth: count, entries: count }),
      /** As the NF itself says: since it started. */
      received: said,
      dropped: said,
      wakeups: said,
    }),
  ),
  buffers: z.object({ total: count, pool: count, port: count, chain: count }),
});
export type NetvmdStatus = z.infer<typeof netvmdStatus>;
