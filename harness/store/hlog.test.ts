import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyHistogram, toHlog } from '../stats/hdr.ts';
import { readHistogram } from './hlog.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-hlog-'));
  await mkdir(join(dir, 'latency'));
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

test('a log that was written is read back', async () => {
  const histogram = emptyHistogram();
  for (let ns = 1000; ns < 2000; ns += 1) histogram.recordValue(ns);
  const log = toHlog(histogram, { startMs: 1, durationMs: 500, comments: ['x'] });
  await writeFile(join(dir, 'latency/a.hlog'), log);
  const read = await readHistogram(dir, 'latency/a.hlog');
  expect(read?.totalCount).toBe(1000);
  expect(read?.getValueAtPercentile(50)).toBe(histogram.getValueAtPercentile(50));
});

test.each(['../a.hlog', 'latency/../a.hlog', 'latency/x/a.hlog', '/etc/passwd', 'latency/missing.hlog'])(
  'nothing is read of %s',
  async (hlog) => expect(await readHistogram(dir, hlog)).toBeNull(),
);

test('a link is not followed, and what is no histogram is none', async () => {
  await symlink(join(dir, 'latency/a.hlog'), join(dir, 'latency/link.hlog'));
  expect(await readHistogram(dir, 'latency/link.hlog')).toBeNull();
  await writeFile(join(dir, 'latency/torn.hlog'), '0.1,0.5,1.0,HISTFAAAB');
  expect(await readHistogram(dir, 'latency/torn.hlog')).toBeNull();
});

test('a few bytes that unpack to gigabytes, or claim as many counts, are refused', async () => {
  const packed = (...bodies: Buffer[]) => {
    const inside = Buffer.concat(bodies.map((body) => deflateSync(body)));
    const head = Buffer.alloc(8);
    head.writeUInt32BE(0x1c849314, 0);
    head.writeUInt32BE(inside.length, 4);
    return `0.1,0.5,1.0,${Buffer.concat([head, inside]).toString('base64')}\n`;
  };
  await writeFile(join(dir, 'latency/bomb.hlog'), packed(Buffer.alloc(64 * 1024 * 1024)));
  const headOf = (of: { payloadBytes: number; digits: number; highest: bigint }) => {
    const head = Buffer.alloc(40);
    head.writeUInt32BE(0x1c849313, 0);
    head.writeUInt32BE(of.payloadBytes, 4);
    head.writeUInt32BE(of.digits, 12);
    head.writeBigUInt64BE(1n, 16);
    head.writeBigUInt64BE(of.highest, 24);
    return head;
  };
  const claim = headOf({ payloadBytes: 0, digits: 5, highest: 2n ** 62n });
  await writeFile(join(dir, 'latency/claim.hlog'), packed(claim));
  // So many counts are to be read of none.
  const long = headOf({ payloadBytes: 2 ** 31 - 1, digits: 3, highest: 10n ** 10n });
  await writeFile(join(dir, 'latency/long.hlog'), packed(long));
  for (const name of ['bomb', 'claim', 'long'])
    expect(await readHistogram(dir, `latency/${name}.hlog`)).toBeNull();
  // What comes after the first stream is not unpacked.
  const sound = headOf({ payloadBytes: 0, digits: 3, highest: 10n ** 10n });
  await writeFile(join(dir, 'latency/after.hlog'), packed(sound, Buffer.alloc(64 * 1024 * 1024)));
  expect((await readHistogram(dir, 'latency/after.hlog'))?.totalCount).toBe(0);
});
