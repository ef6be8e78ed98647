import { cpSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyRun } from './verify.ts';
import {
  createBundleWorld,
  hostileTar,
  type BundleWorld,
  type Entry,
  verifyIn,
} from './bundle-world.fixture.ts';

let world: BundleWorld;

beforeAll(async () => void (world = await createBundleWorld()));
afterAll(() => world.remove());

test.each<[string, Entry[], string]>([
  ['upwards', [{ path: 'b/../../escaped', text: 'x' }], 'expected plain names below one directory'],
  ['absolute', [{ path: '/tmp/netvm-escaped', text: 'x' }], 'expected plain names below one directory'],
  ['hidden', [{ path: 'b/.bashrc', text: 'x' }], 'expected plain names below one directory'],
  ['no directory', [{ path: 'alone', text: 'x' }], 'expected plain names below one directory'],
  [
    'two directories',
    [
      { path: 'b/a', text: 'x' },
      { path: 'c/a', text: 'x' },
    ],
    'outside of its directory "b"',
  ],
  [
    'a symbolic link',
    [{ path: 'b/link', type: 'SymbolicLink', linkpath: '/etc/passwd' }],
    'of type SymbolicLink',
  ],
  ['a hard link', [{ path: 'b/link', type: 'Link', linkpath: '/etc/passwd' }], 'of type Link'],
  ['a device', [{ path: 'b/dev', type: 'CharacterDevice' }], 'of type CharacterDevice'],
  ['a pipe', [{ path: 'b/pipe', type: 'FIFO' }], 'of type FIFO'],
  ['a directory', [{ path: 'b/dir/', type: 'Directory' }], 'of type Directory'],
  [
    'a file twice',
    [
      { path: 'b/a', text: 'x' },
      { path: 'b/A', text: 'y' },
    ],
    'has the file "b/A" twice',
  ],
  [
    'a file below a file',
    [
      { path: 'b/a', text: 'x' },
      { path: 'b/a/c', text: 'y' },
    ],
    'is damaged or no gzipped tar',
  ],
  ['nothing', [], 'is damaged or no gzipped tar'],
])('hostile and refused: %s', async (_name, entries, problem) => {
  const before = readdirSync(world.base).length;
  const found = await verifyIn(world, hostileTar(world, entries));
  expect(found.verdict).toBe('refused');
  expect(found.problems).toContainEqual({ file: 'B', problem: expect.stringContaining(problem) });
  // Nothing but the directory of the tar itself.
  expect(readdirSync(world.base)).toHaveLength(before + 1);
  expect(readdirSync(world.scratch)).toEqual([]);
});

test('a bomb is not unpacked, and what is no gzipped tar is said to be none', async () => {
  const bomb = join(world.base, 'bomb.tar.gz');
  writeFileSync(bomb, gzipSync(Buffer.alloc(160 * 2 ** 20)));
  expect((await verifyIn(world, bomb)).problems[0]?.problem).toMatch(/^unpacks to more than \d+ bytes$/);
  const text = join(world.base, 'text.tar.gz');
  writeFileSync(text, 'no archive');
  expect((await verifyIn(world, text)).problems[0]?.problem).toContain('is damaged or no gzipped tar');
  writeFileSync(text, gzipSync('no tar'.repeat(1000)));
  expect((await verifyIn(world, text)).verdict).toBe('refused');
});

test('of a bundle that was cut short it is said what came whole', async () => {
  const file = join(world.base, 'cut.tar.gz');
  const bytes = readFileSync(world.whole);
  writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * 0.8)));
  const found = await verifyIn(world, file);
  expect(found.verdict).toBe('refused');
  expect(found.problems[0]).toEqual({
    file: 'B',
    problem: 'is truncated: its compressed data end too early',
  });
  expect(found.soundFiles).toContain('LICENSE');
  expect(found.soundFiles).toContain('run/run.json');
  expect(found.problems).toContainEqual({ file: 'source/testbed.yaml', problem: 'did not come whole' });
});

test('whatever byte of a bundle is flipped, and wherever it is cut: refused, no crash, nothing left behind', async () => {
  const bytes = readFileSync(world.whole);
  const file = join(world.base, 'fuzzed.tar.gz');
  const at = fc.oneof(
    fc.nat(bytes.length - 1),
    // Headers and trailers, in which there is most to be wrong.
    fc.nat(20),
    fc.nat(20).map((back) => bytes.length - 1 - back),
  );
  const damage = fc.oneof(
    fc.record({ at, bit: fc.nat(7) }).map((flip) => ({ ...flip, kind: 'flip' as const })),
    at.map((cut) => ({ at: cut, bit: 0, kind: 'cut' as const })),
    fc.nat(600).map((more) => ({ at: more, bit: 0, kind: 'append' as const })),
  );
  await fc.assert(
    fc.asyncProperty(damage, async ({ kind, at: place, bit }) => {
      const damaged = Buffer.from(bytes);
      if (kind === 'flip') damaged[place] = (damaged[place] ?? 0) ^ (1 << bit);
      const cut = kind === 'cut' ? damaged.subarray(0, place) : damaged;
      writeFileSync(file, kind === 'append' ? Buffer.concat([cut, Buffer.alloc(place + 1)]) : cut);
      const { verdict, problems } = await verifyIn(world, file);
      expect(verdict).toBe('refused');
      expect(problems.length).toBeGreaterThan(0);
      expect(readdirSync(world.scratch)).toEqual([]);
    }),
    { numRuns: 40, seed: 6 },
  );
});

test('damage inside of the tar, compressed anew, is refused too', async () => {
  const tar = gunzipSync(readFileSync(world.whole));
  const file = join(world.base, 'fuzzed-inside.tar.gz');
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (place, by) => {
      const damaged = Buffer.from(tar);
      damaged[place] = (damaged[place] ?? 0) ^ by;
      writeFileSync(file, gzipSync(damaged));
      const { verdict } = await verifyIn(world, file);
      // Padding between files is of no file.
      if (verdict === 'sound') expect(tar[place]).toBe(0);
      expect(readdirSync(world.scratch)).toEqual([]);
    }),
    { numRuns: 12, seed: 6 },
  );
});

test('the directory of a run is verified alike, and a link in it is refused', async () => {
  expect(await verifyRun(world.run)).toMatchObject({
    verdict: 'sound',
    kind: 'run',
    run: { id: 'sound-fixture' },
  });
  const dir = join(world.base, 'linked');
  cpSync(world.run, dir, { recursive: true });
  symlinkSync('/etc/passwd', join(dir, 'latency/more.hlog'));
  expect((await verifyRun(dir)).problems).toEqual([
    { file: 'latency/more.hlog', problem: 'is a symbolic link: it is not followed' },
  ]);
});
