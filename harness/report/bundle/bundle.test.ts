import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSoundArchive } from '../../store/sound.fixture.ts';
import { changesDigest } from '../../testbed/git.ts';
import { syntheticRun } from '../../store/fixture.ts';
import { bundleReadme } from './readme.ts';
import { writeBundle } from './bundle.ts';
import { createCheckout } from './checkout.fixture.ts';
import { verifyBundle, verifyRun } from './verify.ts';
import {
  bundleName,
  createBundleWorld,
  manifestOf,
  replace,
  type BundleWorld,
  verifyEdited,
  verifyIn,
} from './bundle-world.fixture.ts';

let world: BundleWorld;

beforeAll(async () => void (world = await createBundleWorld()));
afterAll(() => world.remove());

test('a bundle is whole: plain tar opens it, sha256sum agrees, verify says sound, and the run is the run', async () => {
  const out = join(world.base, 'out');
  mkdirSync(out);
  execFileSync('tar', ['-xzf', world.whole, '-C', out]);
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(out, bundleName) });
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(out, bundleName, 'run') });
  execFileSync('tar', ['-xf', 'source.tar'], { cwd: join(out, bundleName, 'source') });
  const source = join(out, bundleName, 'source', `netvm-${world.checkout.head.slice(0, 10)}`);
  expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('as it was\n');
  expect(readFileSync(join(out, bundleName, 'run/trials.jsonl'))).toEqual(
    readFileSync(join(world.run, 'trials.jsonl')),
  );
  expect(readFileSync(join(out, bundleName, 'README.md'), 'utf8')).toContain('../run/profile.yaml');
  expect(readdirSync(join(out, bundleName)).sort()).toEqual(
    ['LICENSE', 'MANIFEST.json', 'README.md', 'SHA256SUMS', 'report', 'run', 'schemas', 'source'].sort(),
  );
  const sum = createHash('sha256').update(readFileSync(world.whole)).digest('hex');
  expect(await verifyIn(world, world.whole, sum)).toMatchObject({
    verdict: 'sound',
    problems: [],
    notes: [],
    sha256: sum,
    run: { id: 'sound-fixture', cells: 2 },
  });
  expect(readdirSync(world.scratch)).toEqual([]);
});

test('the same run and checkout give the same bytes, whatever the umask and the place', async () => {
  const umask = process.umask(0o077);
  try {
    cpSync(world.run, join(world.base, 'elsewhere'), { recursive: true });
    await writeBundle(world.checkout.root, join(world.base, 'elsewhere'), join(world.base, 'again.tar.gz'));
  } finally {
    process.umask(umask);
  }
  expect(readFileSync(join(world.base, 'again.tar.gz')).equals(readFileSync(world.whole))).toBe(true);
});

test('another sum than the published one is refused', async () => {
  const found = await verifyIn(world, world.whole, '0'.repeat(64));
  expect(found.verdict).toBe('refused');
  expect(found.problems[0]?.problem).toMatch(/^has the SHA-256 [0-9a-f]{64}; expected 0000/);
});

test('what is not to be had of the source is said, and never replaced', async () => {
  const of = async (
    facts: Parameters<typeof writeSoundArchive>[1] & object,
    before: () => void = () => {},
  ) => {
    const dir = mkdtempSync(join(world.base, 'source-'));
    await writeSoundArchive(join(dir, 'run'), facts);
    before();
    const { manifest } = await writeBundle(world.checkout.root, join(dir, 'run'), join(dir, 'b.tar.gz'));
    const found = await verifyIn(world, join(dir, 'b.tar.gz'));
    execFileSync('tar', ['-xzf', join(dir, 'b.tar.gz'), '-C', dir]);
    return { manifest, found, dir: join(dir, bundleName) };
  };
  const unknown = await of({ facts: { gitCommit: 'f'.repeat(40) }, run: { testbed: 'lab' } });
  expect(unknown.manifest.source).toMatchObject({
    state: 'missing',
    reason: expect.stringContaining('is not in this checkout'),
  });
  expect(unknown.manifest.missing.map(({ what }) => what)).toEqual([
    'package-lock.json of the run',
    'testbed lab',
  ]);
  expect(unknown.found).toMatchObject({
    verdict: 'sound',
    notes: expect.arrayContaining([expect.stringContaining('so the source is not to be had')]),
  });
  const clean = await of({ facts: { gitCommit: world.checkout.head, gitDirty: true } });
  expect(clean.manifest.source.reason).toContain('there are none any more');
  const unsaid = { gitCommit: world.checkout.head, gitDirty: true, gitChangesSha256: null };
  const changed = await of({ facts: unsaid }, () => {
    writeFileSync(join(world.checkout.root, 'a.txt'), 'as it is now\n');
    writeFileSync(join(world.checkout.root, 'new.txt'), 'new\n');
    writeFileSync(join(world.checkout.root, 'ignored'), 'not to be handed over\n');
  });
  expect(changed.manifest.source.state).toBe('complete-with-changes');
  execFileSync('tar', ['-xf', 'source.tar'], { cwd: join(changed.dir, 'source') });
  const source = join(changed.dir, 'source', `netvm-${world.checkout.head.slice(0, 10)}`);
  execFileSync('git', ['init', '-q', '.'], { cwd: source });
  execFileSync('git', ['apply', '../changes.patch'], { cwd: source });
  expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('as it is now\n');
  expect(readFileSync(join(source, 'new.txt'), 'utf8')).toBe('new\n');
  expect(readdirSync(source)).not.toContain('ignored');
  expect(changed.manifest.source.reason).toContain('which may be another change');
  const digest = await changesDigest(world.checkout.root);
  const known = { gitCommit: world.checkout.head, gitDirty: true };
  const same = await of({ facts: { ...known, gitChangesSha256: digest } });
  expect(same.manifest.source).toMatchObject({
    state: 'complete-with-changes',
    reason: expect.stringContaining('changes.patch is of them.'),
  });
  const others = await of({ facts: { ...known, gitChangesSha256: 'f'.repeat(64) } });
  expect(others.manifest.source).toMatchObject({
    state: 'missing',
    reason: expect.stringContaining('those that there are now are others'),
  });
  for (const file of ['new.txt', 'ignored']) rmSync(join(world.checkout.root, file));
  world.checkout.git('checkout', '--quiet', 'a.txt');
});

test('a report of another version: its numbers are compared, and it is said what is not', async () => {
  const found = await verifyEdited(
    world,
    (dir) => {
      replace('report/report.html', '</h1>', ' (an older word)</h1>')(dir);
      replace('MANIFEST.json', /("harness": \{[^}]*"commit": )"[0-9a-f]+"/, '$1null')(dir);
    },
    ['bundle'],
  );
  expect(found).toMatchObject({ verdict: 'sound', problems: [] });
  expect(found.notes).toEqual([
    expect.stringMatching(
      /numbers of its tables are those of the data; its charts and its words were not compared/,
    ),
  ]);
});

test('of a source that this checkout does not have it is said that it was not checked', async () => {
  const other = createCheckout(join(world.base, 'other-checkout'));
  other.git('commit', '--quiet', '--allow-empty', '--amend', '-m', 'Another');
  const found = await verifyBundle(other.root, world.whole, 'B', null);
  expect(found.notes).toContainEqual(
    `source/source.tar: its contents were not checked: commit ${world.checkout.head} is not in this checkout`,
  );
});

test('checking is given up when it is told to', async () => {
  const stopped = AbortSignal.abort(new Error('interrupted'));
  await expect(verifyBundle(world.checkout.root, world.whole, 'B', null, stopped)).rejects.toThrow(
    'interrupted',
  );
  await expect(verifyRun(world.run, stopped)).rejects.toThrow('interrupted');
  expect(readdirSync(world.scratch)).toEqual([]);
});

test('how to run it again names the testbed, the shard and the settings, and no source where there is none', () => {
  const source = { file: 'p.yaml', set: ["nfs=it's"], shard: '2/3' };
  const of = (hasSourceTar: boolean) =>
    bundleReadme(
      { ...syntheticRun(), source },
      { ...manifestOf(world), source: { state: hasSourceTar ? 'complete' : 'missing', reason: null } },
      { hasProfile: true, hasTestbed: hasSourceTar, hasSourceTar },
    );
  expect(of(true)).toContain(
    "tar xf source/source.tar && cd netvm-*/\n./netvm doctor\n./netvm run ../run/profile.yaml --out ../again --testbed ../source/testbed.yaml --shard '2/3' --set 'nfs=it'\\''s'\n",
  );
  expect(of(false)).not.toContain('tar xf');
  expect(of(false)).toContain(`./netvm run "$BUNDLE"/run/profile.yaml --out "$BUNDLE"/again --shard '2/3'`);
});

test('an archive that is not sound is not handed over', async () => {
  const dir = join(world.base, 'unsound');
  cpSync(world.run, dir, { recursive: true });
  appendFileSync(join(dir, 'trials.jsonl'), '{');
  await expect(writeBundle(world.checkout.root, dir, join(world.base, 'none.tar.gz'))).rejects.toMatchObject({
    code: 2,
    message: expect.stringContaining('cannot be handed over: trials.jsonl was changed'),
  });
});
