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
  const packed = (body: Buffer) => {
    const inside = deflateSync(body);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(0x1c849314, 0);
    head.writeUInt32BE(inside.length, 4);
    return `0.1,0.5,1.0,${Buffer.concat([head, inside]).toString('base64')}\n`;
  };
  await writeFile(join(dir, 'latency/bomb.hlog'), packed(Buffer.alloc(64 * 1024 * 1024)));
  const claim = Buffer.alloc(40);
  claim.writeUInt32BE(0x1c849313, 0);
  claim.writeUInt32BE(5, 12);
  claim.writeBigUInt64BE(1n, 16);
  claim.writeBigUInt64BE(2n ** 62n, 24);
  await writeFile(join(dir, 'latency/claim.hlog'), packed(claim));
  for (const name of ['bomb', 'claim']) expect(await readHistogram(dir, `latency/${name}.hlog`)).toBeNull();
});
