import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Header } from 'tar';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeSoundArchive } from '../../store/sound.fixture.ts';
import { writeChecksums } from '../../store/checksums.ts';
import { pack } from '../../store/bundle/pack.ts';
import { changesDigest } from '../../testbed/git.ts';
import { manifestSchema } from '../../store/bundle/manifest.ts';
import { syntheticRun } from '../../store/fixture.ts';
import { bundleReadme } from './readme.ts';
import { writeBundle } from './bundle.ts';
import { createCheckout } from './checkout.fixture.ts';
import { verifyBundle, verifyRun, type Verification } from './verify.ts';

const name = 'sound-fixture-bundle';
let base = '';
let checkout: ReturnType<typeof createCheckout>;
let run = '';
let whole = '';
/** Where everything temporary of ours goes: nothing may be left there. */
let scratch = '';

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-bundle-test-'));
  scratch = join(base, 'scratch');
  mkdirSync(scratch);
  vi.stubEnv('TMPDIR', scratch);
  checkout = createCheckout(join(base, 'checkout'));
  const lock = createHash('sha256')
    .update(readFileSync(join(checkout.root, 'package-lock.json')))
    .digest('hex');
  run = join(base, 'run');
  await writeSoundArchive(run, { facts: { gitCommit: checkout.head, packageLockSha256: lock } });
  whole = join(base, 'whole.tar.gz');
  await writeBundle(checkout.root, run, whole);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true, force: true });
});

const verify = (file: string, expected: string | null = null) =>
  verifyBundle(checkout.root, file, 'B', expected);

test('a bundle is whole: plain tar opens it, sha256sum agrees, verify says sound, and the run is the run', async () => {
  const out = join(base, 'out');
  mkdirSync(out);
  execFileSync('tar', ['-xzf', whole, '-C', out]);
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(out, name) });
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(out, name, 'run') });
  execFileSync('tar', ['-xf', 'source.tar'], { cwd: join(out, name, 'source') });
  const source = join(out, name, 'source', `netvm-${checkout.head.slice(0, 10)}`);
  expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('as it was\n');
  expect(readFileSync(join(out, name, 'run/trials.jsonl'))).toEqual(readFileSync(join(run, 'trials.jsonl')));
  expect(readFileSync(join(out, name, 'README.md'), 'utf8')).toContain('../run/profile.yaml');
  expect(readdirSync(join(out, name)).sort()).toEqual(
    ['LICENSE', 'MANIFEST.json', 'README.md', 'SHA256SUMS', 'report', 'run', 'schemas', 'source'].sort(),
  );
  const sum = createHash('sha256').update(readFileSync(whole)).digest('hex');
  expect(await verify(whole, sum)).toMatchObject({
    verdict: 'sound',
    problems: [],
    notes: [],
    sha256: sum,
    run: { id: 'sound-fixture', cells: 2 },
  });
  expect(readdirSync(scratch)).toEqual([]);
});

test('the same run and checkout give the same bytes, whatever the umask and the place', async () => {
  const umask = process.umask(0o077);
  try {
    cpSync(run, join(base, 'elsewhere'), { recursive: true });
    await writeBundle(checkout.root, join(base, 'elsewhere'), join(base, 'again.tar.gz'));
  } finally {
    process.umask(umask);
  }
  expect(readFileSync(join(base, 'again.tar.gz')).equals(readFileSync(whole))).toBe(true);
});

test('another sum than the published one is refused', async () => {
  const found = await verify(whole, '0'.repeat(64));
  expect(found.verdict).toBe('refused');
  expect(found.problems[0]?.problem).toMatch(/^has the SHA-256 [0-9a-f]{64}; expected 0000/);
});

test('what is not to be had of the source is said, and never replaced', async () => {
  const of = async (
    facts: Parameters<typeof writeSoundArchive>[1] & object,
    before: () => void = () => {},
  ) => {
    const dir = mkdtempSync(join(base, 'source-'));
    await writeSoundArchive(join(dir, 'run'), facts);
    before();
    const { manifest } = await writeBundle(checkout.root, join(dir, 'run'), join(dir, 'b.tar.gz'));
    const found = await verify(join(dir, 'b.tar.gz'));
    execFileSync('tar', ['-xzf', join(dir, 'b.tar.gz'), '-C', dir]);
    return { manifest, found, dir: join(dir, name) };
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
  const clean = await of({ facts: { gitCommit: checkout.head, gitDirty: true } });
  expect(clean.manifest.source.reason).toContain('there are none any more');
  const unsaid = { gitCommit: checkout.head, gitDirty: true, gitChangesSha256: null };
  const changed = await of({ facts: unsaid }, () => {
    writeFileSync(join(checkout.root, 'a.txt'), 'as it is now\n');
    writeFileSync(join(checkout.root, 'new.txt'), 'new\n');
    writeFileSync(join(checkout.root, 'ignored'), 'not to be handed over\n');
  });
  expect(changed.manifest.source.state).toBe('complete-with-changes');
  execFileSync('tar', ['-xf', 'source.tar'], { cwd: join(changed.dir, 'source') });
  const source = join(changed.dir, 'source', `netvm-${checkout.head.slice(0, 10)}`);
  execFileSync('git', ['init', '-q', '.'], { cwd: source });
  execFileSync('git', ['apply', '../changes.patch'], { cwd: source });
  expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('as it is now\n');
  expect(readFileSync(join(source, 'new.txt'), 'utf8')).toBe('new\n');
  expect(readdirSync(source)).not.toContain('ignored');
  expect(changed.manifest.source.reason).toContain('which may be another change');
  const digest = await changesDigest(checkout.root);
  const known = { gitCommit: checkout.head, gitDirty: true };
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
  for (const file of ['new.txt', 'ignored']) rmSync(join(checkout.root, file));
  checkout.git('checkout', '--quiet', 'a.txt');
});

test('a report of another version: its numbers are compared, and it is said what is not', async () => {
  const found = await edited(
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
  const other = createCheckout(join(base, 'other-checkout'));
  other.git('commit', '--quiet', '--allow-empty', '--amend', '-m', 'Another');
  const found = await verifyBundle(other.root, whole, 'B', null);
  expect(found.notes).toContainEqual(
    `source/source.tar: its contents were not checked: commit ${checkout.head} is not in this checkout`,
  );
});

test('checking is given up when it is told to', async () => {
  const stopped = AbortSignal.abort(new Error('interrupted'));
  await expect(verifyBundle(checkout.root, whole, 'B', null, stopped)).rejects.toThrow('interrupted');
  await expect(verifyRun(run, stopped)).rejects.toThrow('interrupted');
  expect(readdirSync(scratch)).toEqual([]);
});

test('how to run it again names the testbed, the shard and the settings, and no source where there is none', () => {
  const source = { file: 'p.yaml', set: ["nfs=it's"], shard: '2/3' };
  const of = (hasSourceTar: boolean) =>
    bundleReadme(
      { ...syntheticRun(), source },
      { ...manifestOf(), source: { state: hasSourceTar ? 'complete' : 'missing', reason: null } },
      { hasProfile: true, hasTestbed: hasSourceTar, hasSourceTar },
    );
  expect(of(true)).toContain(
    "tar xf source/source.tar && cd netvm-*/\n./netvm doctor\n./netvm run ../run/profile.yaml --out ../again --testbed ../source/testbed.yaml --shard '2/3' --set 'nfs=it'\\''s'\n",
  );
  expect(of(false)).not.toContain('tar xf');
  expect(of(false)).toContain(`./netvm run "$BUNDLE"/run/profile.yaml --out "$BUNDLE"/again --shard '2/3'`);
});

test('an archive that is not sound is not handed over', async () => {
  const dir = join(base, 'unsound');
  cpSync(run, dir, { recursive: true });
  appendFileSync(join(dir, 'trials.jsonl'), '{');
  await expect(writeBundle(checkout.root, dir, join(base, 'none.tar.gz'))).rejects.toMatchObject({
    code: 2,
    message: expect.stringContaining('cannot be handed over: trials.jsonl was changed'),
  });
});

/** Unpacks, changes, mends the sums that are asked for, packs again. */
async function edited(
  change: (dir: string) => void,
  mend: readonly ('run' | 'bundle')[] = [],
): Promise<Verification> {
  const parent = mkdtempSync(join(base, 'edited-'));
  execFileSync('tar', ['-xzf', whole, '-C', parent]);
  const dir = join(parent, name);
  change(dir);
  if (mend.includes('run')) await writeChecksums(join(dir, 'run'));
  if (mend.includes('bundle')) {
    const manifest = JSON.parse(readFileSync(join(dir, 'MANIFEST.json'), 'utf8')) as {
      files: { path: string; bytes: number; sha256: string }[];
    };
    const size = (file: string) => statSync(join(dir, file)).size;
    manifest.files = manifest.files.filter(({ path }) => existsSync(join(dir, path)));
    const sum = (file: string) =>
      createHash('sha256')
        .update(readFileSync(join(dir, file)))
        .digest('hex');
    for (const file of manifest.files)
      Object.assign(file, { bytes: size(file.path), sha256: sum(file.path) });
    writeFileSync(join(dir, 'MANIFEST.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const lines = ['MANIFEST.json', ...manifest.files.map(({ path }) => path)].map(
      (file) => `${sum(file)}  ${file}\n`,
    );
    writeFileSync(join(dir, 'SHA256SUMS'), lines.join(''));
  }
  const file = join(parent, 'b.tar.gz');
  await pack(parent, name, file);
  return verify(file);
}

/** Of the whole bundle. */
function manifestOf() {
  const text = execFileSync('tar', ['-xzOf', whole, `${name}/MANIFEST.json`], { encoding: 'utf8' });
  return manifestSchema.parse(JSON.parse(text));
}

const replace = (file: string, from: string | RegExp, to: string) => (dir: string) => {
  const text = readFileSync(join(dir, file), 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to change in ${file}`);
  writeFileSync(join(dir, file), changed);
};

test.each<[string, (dir: string) => void, ('run' | 'bundle')[], string, string]>([
  [
    'a figure',
    replace('run/run.json', '"pps": 1000000', '"pps": 2000000'),
    [],
    'run/run.json',
    'was changed: it does not match MANIFEST.json',
  ],
  [
    'a figure, the bundle’s sums mended',
    replace('run/run.json', '"pps": 1000000', '"pps": 2000000'),
    ['bundle'],
    'run/run.json',
    'was changed after the run',
  ],
  [
    'a figure, all sums mended',
    replace('run/run.json', '"pps": 1000000', '"pps": 2000000'),
    ['run', 'bundle'],
    'run/run.json',
    'its throughput is not what was offered in its trial',
  ],
  [
    'a latency, all sums mended',
    replace('run/run.json', /"p99": [0-9.]+(?=[^}]*0-10pct)/, '"p99": 5'),
    ['run', 'bundle'],
    'run/run.json',
    'its latency at 10 % is that of no trial',
  ],
  [
    'another percentile, all sums mended',
    replace('run/run.json', /"p90": [0-9.]+(?=[^}]*0-10pct)/, '"p90": 5'),
    ['run', 'bundle'],
    'run/run.json',
    'its latency at 10 % is that of no trial',
  ],
  [
    'a percentile in run and trial alike, all sums mended',
    (dir) => {
      replace('run/run.json', /"p90": [0-9.]+(?=[^}]*0-10pct)/, '"p90": 5')(dir);
      replace('run/trials.jsonl', /"p90":[0-9.]+/, '"p90":5')(dir);
    },
    ['run', 'bundle'],
    'run/run.json',
    'latency/0-10pct.hlog is not what its percentiles are of',
  ],
  [
    'a typical latency, all sums mended',
    replace('run/run.json', /(0-10pct[^}]*"typicalNs": )[0-9.]+/, '$17'),
    ['run', 'bundle'],
    'run/run.json',
    'its latency at 10 % has typical or worst cases of no trials',
  ],
  [
    'a rate in Gbit/s, all sums mended',
    replace('run/run.json', /"gbps": [0-9.]+/, '"gbps": 5'),
    ['run', 'bundle'],
    'run/run.json',
    'its rate in Gbit/s is not that of its packet rate',
  ],
  [
    'an upper bound, all sums mended',
    replace('run/run.json', '"upperPps": 2000000', '"upperPps": 900000'),
    ['run', 'bundle'],
    'run/run.json',
    'its throughput or lower bound lies above its upper bound',
  ],
  [
    'books, all sums mended',
    replace('run/run.json', '"duplicates": 0', '"duplicates": 7'),
    ['run', 'bundle'],
    'run/run.json',
    'its books are not those of the trial that its loads are of',
  ],
  [
    'disturbed trials, all sums mended',
    replace('run/run.json', '"trialsDisturbed": 0', '"trialsDisturbed": 1'),
    ['run', 'bundle'],
    'run/run.json',
    'it says 1 disturbed trials, and trials.jsonl has 0',
  ],
  [
    'a mean, all sums mended',
    replace('run/run.json', '"mean": 3100000', '"mean": 4100000'),
    ['run', 'bundle'],
    'run/run.json',
    'its mean is not that of its received rates',
  ],
  [
    'a latency log, all sums mended',
    replace('run/latency/0-10pct.hlog', /HIST.{20}/, 'HIST'),
    ['run', 'bundle'],
    'run/run.json',
    'latency/0-10pct.hlog is torn, or no latency log',
  ],
  [
    'trials that are gone, all sums mended',
    replace('run/trials.jsonl', /^.*\n/, ''),
    ['run', 'bundle'],
    'run/run.json',
    'it says 4 trials, and trials.jsonl has 3',
  ],
  [
    'the report, its sums mended',
    replace('report/report.html', '0.67', '6.72'),
    ['bundle'],
    'report/report.html',
    'is not what the data give',
  ],
  [
    'the source, its sums mended',
    replace('source/source.tar', 'comment=', 'Comment='),
    ['bundle'],
    'source/source.tar',
    'is of commit unknown',
  ],
  [
    'what is in the source, its sums mended',
    replace('source/source.tar', 'as it was', 'as it wos'),
    ['bundle'],
    'source/source.tar',
    'is not what git archives of commit',
  ],
  [
    'changes that are not there',
    replace('MANIFEST.json', '"state": "complete"', '"state": "complete-with-changes"'),
    ['bundle'],
    'source/changes.patch',
    'is missing, and the manifest says that the source comes with it',
  ],
  [
    'another commit in the manifest',
    replace('MANIFEST.json', /"commit": "[0-9a-f]{40}"/, `"commit": "${'e'.repeat(40)}"`),
    ['bundle'],
    'MANIFEST.json',
    `says that the run is of commit ${'e'.repeat(40)}, and run/facts.json is of`,
  ],
  [
    'a file that is listed twice',
    replace('MANIFEST.json', /"files": \[\s*(\{[^}]*\})/, '"files": [$1, $1'),
    [],
    'MANIFEST.json',
    'does not follow schema bundle/1: files.1.path: "LICENSE" is listed twice',
  ],
  [
    'a size in the manifest',
    replace('MANIFEST.json', /"bytes": [0-9]+/, '"bytes": 1'),
    [],
    'LICENSE',
    'bytes, and there 1',
  ],
  [
    'a script in the report of another version',
    (dir) => {
      replace('report/report.html', '</body>', '<script>alert(1)</script></body>')(dir);
      replace('MANIFEST.json', /("harness": \{[^}]*"commit": )"[0-9a-f]+"/, '$1null')(dir);
    },
    ['bundle'],
    'report/report.html',
    'has an element <script>: no report has, whatever made it',
  ],
  [
    'another run in the manifest',
    replace('MANIFEST.json', '"id": "sound-fixture"', '"id": "another"'),
    ['bundle'],
    'MANIFEST.json',
    'says that the run is another, and run/run.json is sound-fixture',
  ],
  [
    'a file that was added',
    (dir) => writeFileSync(join(dir, 'run/more.txt'), 'x'),
    [],
    'run/more.txt',
    'is not in MANIFEST.json: added later',
  ],
  ['a file that was taken away', (dir) => rmSync(join(dir, 'LICENSE')), [], 'LICENSE', 'is missing'],
  [
    'sums of its own',
    (dir) => appendFileSync(join(dir, 'SHA256SUMS'), '\n'),
    [],
    'SHA256SUMS',
    'does not match MANIFEST.json',
  ],
  [
    'no manifest',
    (dir) => rmSync(join(dir, 'MANIFEST.json')),
    [],
    'MANIFEST.json',
    'is missing: this is no bundle of this harness',
  ],
  [
    'a manifest of a newer schema',
    replace('MANIFEST.json', 'bundle/1', 'bundle/2'),
    [],
    'MANIFEST.json',
    'does not follow schema bundle/1: schema',
  ],
  [
    'a manifest that leads outside',
    replace('MANIFEST.json', '"path": "LICENSE"', '"path": "../LICENSE"'),
    [],
    'MANIFEST.json',
    'does not follow schema bundle/1: files.0.path',
  ],
])('edited and refused: %s', async (_name, change, mend, file, problem) => {
  const found = await edited(change, mend);
  expect(found.verdict).toBe('refused');
  expect(found.problems).toContainEqual({ file, problem: expect.stringContaining(problem) });
  expect(readdirSync(scratch)).toEqual([]);
});

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'Directory' | 'FIFO';
  readonly linkpath?: string;
  readonly text?: string;
}

/** A tar with just these entries, as no tar of ours would be. */
function hostile(entries: readonly Entry[]): string {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath = '', text = '' }) => {
    const header = new Header({
      path,
      type,
      linkpath,
      size: Buffer.byteLength(text),
      mode: 0o644,
      mtime: new Date(0),
    });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    return [block, body];
  });
  const file = join(mkdtempSync(join(base, 'hostile-')), 'b.tar.gz');
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
  return file;
}

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
  const before = readdirSync(base).length;
  const found = await verify(hostile(entries));
  expect(found.verdict).toBe('refused');
  expect(found.problems).toContainEqual({ file: 'B', problem: expect.stringContaining(problem) });
  // Nothing but the directory of the tar itself.
  expect(readdirSync(base)).toHaveLength(before + 1);
  expect(readdirSync(scratch)).toEqual([]);
});

test('a bomb is not unpacked, and what is no gzipped tar is said to be none', async () => {
  const bomb = join(base, 'bomb.tar.gz');
  writeFileSync(bomb, gzipSync(Buffer.alloc(160 * 2 ** 20)));
  expect((await verify(bomb)).problems[0]?.problem).toMatch(/^unpacks to more than \d+ bytes$/);
  const text = join(base, 'text.tar.gz');
  writeFileSync(text, 'no archive');
  expect((await verify(text)).problems[0]?.problem).toContain('is damaged or no gzipped tar');
  writeFileSync(text, gzipSync('no tar'.repeat(1000)));
  expect((await verify(text)).verdict).toBe('refused');
});

test('of a bundle that was cut short it is said what came whole', async () => {
  const file = join(base, 'cut.tar.gz');
  const bytes = readFileSync(whole);
  writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * 0.8)));
  const found = await verify(file);
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
  const bytes = readFileSync(whole);
  const file = join(base, 'fuzzed.tar.gz');
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
      const { verdict, problems } = await verify(file);
      expect(verdict).toBe('refused');
      expect(problems.length).toBeGreaterThan(0);
      expect(readdirSync(scratch)).toEqual([]);
    }),
    { numRuns: 40, seed: 6 },
  );
});

test('damage inside of the tar, compressed anew, is refused too', async () => {
  const tar = gunzipSync(readFileSync(whole));
  const file = join(base, 'fuzzed-inside.tar.gz');
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (place, by) => {
      const damaged = Buffer.from(tar);
      damaged[place] = (damaged[place] ?? 0) ^ by;
      writeFileSync(file, gzipSync(damaged));
      const { verdict } = await verify(file);
      // Padding between files is of no file.
      if (verdict === 'sound') expect(tar[place]).toBe(0);
      expect(readdirSync(scratch)).toEqual([]);
    }),
    { numRuns: 12, seed: 6 },
  );
});

test('the directory of a run is verified alike, and a link in it is refused', async () => {
  expect(await verifyRun(run)).toMatchObject({ verdict: 'sound', kind: 'run', run: { id: 'sound-fixture' } });
  const dir = join(base, 'linked');
  cpSync(run, dir, { recursive: true });
  symlinkSync('/etc/passwd', join(dir, 'latency/more.hlog'));
  expect((await verifyRun(dir)).problems).toEqual([
    { file: 'latency/more.hlog', problem: 'is a symbolic link: it is not followed' },
  ]);
});
