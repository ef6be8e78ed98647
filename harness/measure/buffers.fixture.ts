import { expect } from 'vitest';
import type { NetvmdStatus } from '../native/netvmd-protocol.ts';

/** Every buffer is netvmd's or the port's again. What a dead NF had is given up at once, and free when its neighbours have shown that it is not theirs: a moment later. */
export async function expectEveryBuffer(status: () => Promise<NetvmdStatus>): Promise<void> {
  const away = async () => {
    const { total, pool, port, chain, parked } = (await status()).buffers;
    return { chain, parked, lost: total - pool - port };
  };
  await expect.poll(away, { timeout: 5_000 }).toEqual({ chain: 0, parked: 0, lost: 0 });
}
