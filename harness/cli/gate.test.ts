import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GateReport } from '../regress/gate.ts';
import { gate } from './gate.ts';
import type { GateOptions } from './gate.ts';
import { createStandIns, standInProfile, testContext } from './stand-in.fixture.ts';
import type { StandIns } from './stand-in.fixture.ts';

/** Real commits, builds, rounds and archives; only what measures is a stand-in (stand-in.fixture.ts). */
let base = '';
let root = '';
let repository: StandIns;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-gate-'));
  root = join(base, 'repository');
  repository = createStandIns(root);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function options(more: Partial<GateOptions> = {}): GateOptions {
  const profile = join(root, 'profile.yaml');
  const out = join(base, 'out');
  return { profile, testbed: 'local', floor: '5%', roundsMax: '7', keepBuilds: '0', out, ...more };
}

/** Nothing of a gate is left in the repository. */
function expectClean(): void {
  expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
  expect(existsSync(join(root, '.netvm/builds'))).toBe(false);
}

test('a slower commit is red: exit 1, and the table, Markdown and JUnit say so', async () => {
  repository.rate(1e7);
  repository.rate(8e6);
  const context = testContext(root);
  const [markdown, junit] = [join(base, 'gate.md'), join(base, 'gate.xml')];
  expect(await gate(context, options({ against: 'HEAD~1', markdown, junit }))).toBe(1);
  expect(context.printed.join('\n')).toMatch(
    /HEAD~1 \(\w{10}\) against working tree \(\w{10}\), stand-in, 7 of at most 7 rounds\n[\s\S]*netvm, forward, 64 B, mrr +[\d.]+ Mpps +[\d.]+ Mpps +-\d+\.\d %[\s\S]*regression, beyond 5 %\n[\s\S]*\nRegression: 1 of 1 cells are worse by more than 5 %\.$/,
  );
  expect(readFileSync(markdown, 'utf8')).toContain(
    '### ❌ Regression: 1 of 1 cells are worse by more than 5 %.',
  );
  expect(readFileSync(junit, 'utf8')).toContain('tests="1" failures="1"');
  expect(context.steps).toContain('[0/7] round 1 of at most 7, the first');
  expect(context.steps).toContain('[1/7] round 2 of at most 7, 0 of 1 cells decided');
  const kept = JSON.parse(readFileSync(join(base, 'out/gate.json'), 'utf8')) as GateReport;
  expect(kept.cells[0]).toMatchObject({ outcome: 'confirmed', confidence: 0.98 });
  expect(kept.cells[0]?.relativeChange).toBeCloseTo(-0.2, 1);
  expect(readdirSync(join(base, 'out')).filter((name) => name.startsWith('round-'))).toHaveLength(14);
  // The commit has a testbed of that name too.
  for (const side of ['before', 'after'])
    expect(
      new Set(
        readFileSync(join(base, `out/${side}.log`), 'utf8')
          .trim()
          .split('\n'),
      ),
    ).toEqual(new Set([`testbed: ${join(root, 'testbeds/local.yaml')}`]));
  expectClean();
});

test('a working tree that is edited between rounds is not one program: exit 1, which says so', async () => {
  repository.rate(1e7);
  const context = testContext(root);
  const step = context.progress.step.bind(context.progress);
  const progress = {
    ...context.progress,
    step: (...args: Parameters<typeof step>) => {
      step(...args);
      if (args[0] === 1) writeFileSync(join(root, 'notes.txt'), 'an idea');
    },
  };
  await expect(gate({ ...context, progress }, options({ against: 'HEAD' }))).rejects.toMatchObject({
    code: 1,
    message: expect.stringMatching(/^working tree: .* was edited while it was being measured/) as string,
  });
  expectClean();
});

test('the same commit is not, changes in no commit count, and --json prints the report alone', async () => {
  const id = repository.rate(1e7);
  const same = testContext(root);
  expect(await gate(same, options({ against: 'HEAD', json: true }))).toBe(0);
  const report = JSON.parse(same.printed.join('')) as GateReport;
  expect(report).toMatchObject({
    schema: 'gate/1',
    outcome: 'passed',
    before: { name: 'HEAD', commit: id, isDirty: false },
    after: { name: 'working tree', commit: id, isDirty: false },
  });
  writeFileSync(join(root, 'rate'), '8000000');
  const dirty = testContext(root);
  expect(await gate(dirty, options({ against: 'HEAD', json: true, out: join(base, 'out2') }))).toBe(1);
  expect(JSON.parse(dirty.printed.join(''))).toMatchObject({
    outcome: 'regression',
    after: { isDirty: true },
  });
});

test('a commit that cannot be measured any more is red, and says what its run says', async () => {
  repository.rate(1e7);
  repository.rate('failing');
  const context = testContext(root);
  expect(await gate(context, options({ against: 'HEAD~1' }))).toBe(1);
  expect(context.printed.join('\n')).toContain(
    'the suspected side has no valid figure, 3 times in turn: The data plane did not start.',
  );
  expect(context.printed.join('\n')).toContain('Regression: 1 cannot be measured any more.');
});

test('one whose harness dies without an archive is red too, with the end of what it said', async () => {
  repository.rate(1e7);
  repository.rate('crashing');
  const context = testContext(root);
  expect(await gate(context, options({ against: 'HEAD~1' }))).toBe(1);
  expect(context.printed.join('\n')).toContain(
    'the suspected side has no valid figure, 3 times in turn: its run ended with exit 1: netvm: this should not have happened',
  );
});

test('what cannot be compared is said, and red only with --strict', async () => {
  repository.rate('failing');
  repository.rate(1e7);
  const plain = testContext(root);
  expect(await gate(plain, options({ against: 'HEAD~1' }))).toBe(0);
  expect(plain.printed.join('\n')).toContain('Undecided: no cell could be decided');
  expect(
    await gate(testContext(root), options({ against: 'HEAD~1', strict: true, out: join(base, 'o') })),
  ).toBe(1);
});

test('a good commit that does not build ends it, with the end of its log', async () => {
  repository.rate('broken');
  repository.rate(1e7);
  await expect(gate(testContext(root), options({ against: 'HEAD~1' }))).rejects.toMatchObject({
    code: 1,
    message: expect.stringMatching(/does not build: netvm: building the native programs/) as string,
  });
  expectClean();
});

test('an interrupted one puts everything back, and waits until the run has done so too', async () => {
  repository.rate('hanging');
  repository.rate(1e7);
  const context = testContext(root);
  const interrupted = gate(context, options({ against: 'HEAD~1' }));
  const log = join(base, 'out/before.log');
  // The run is under way when it has its log.
  while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 20));
  context.controller.abort(new Error('interrupted by SIGINT'));
  await expect(interrupted).rejects.toThrow('interrupted by SIGINT');
  expectClean();
});

test.each<[string, Partial<GateOptions>, RegExp]>([
  ['no commit to measure against', {}, /^gate: --against: expected a commit/],
  ['a commit that is not there', { against: 'no-such' }, /^"no-such" names no commit/],
  ['a profile that is not there', { against: 'HEAD', profile: '/no-such.yaml' }, /there is no such file/],
  ['a history without a run', { against: 'HEAD', history: 'results' }, /^gate: --history: expected a run/],
  ['a floor of nothing', { against: 'HEAD', floor: '0%' }, /^--floor: expected a share/],
  ['a floor beyond half', { against: 'HEAD', floor: '60%' }, /^--floor: expected 50% at most/],
  [
    'rounds that cannot tell',
    { against: 'HEAD', roundsMax: '6' },
    /^--rounds-max: expected a whole number from 7 to/,
  ],
  [
    'a cell that is not there',
    { against: 'HEAD', cell: 'bridge' },
    /no cell's name has this in it; there are\n {2}netvm, forward, 64 B, mrr$/,
  ],
  [
    'a directory to write to',
    { against: 'HEAD', markdown: '/' },
    /^\/: expected a file in a directory that is there/,
  ],
])('%s is refused before anything starts', async (_name, wrong, message) => {
  repository.rate(1e7);
  await expect(gate(testContext(root), options(wrong))).rejects.toMatchObject({
    code: 2,
    message: expect.stringMatching(message) as string,
  });
  expect(existsSync(join(base, 'out'))).toBe(false);
  expectClean();
});

test('virtual machines are refused before anything is built, by the names of their cells', async () => {
  repository.rate(1e7);
  const profile = join(base, 'guests.yaml');
  const guests = standInProfile
    .replace('[netvm]', '[netvm, virtio]\nisolations: [process, vm]')
    .replace('[64]', '[64, 128]');
  writeFileSync(profile, guests);
  await expect(gate(testContext(root), options({ against: 'HEAD', profile }))).rejects.toMatchObject({
    code: 2,
    message: `${profile}: cells with virtual machines cannot be measured of two commits in turns, since a commit's checkout has no guest image (${[
      'netvm, forward, isolation vm, 64 B, mrr; virtio, forward, isolation vm, 64 B, mrr',
      'netvm, forward, isolation vm, 128 B, mrr; and 1 more',
    ].join('; ')}): leave the isolation vm and the virtio data planes out`,
  });
  expect(existsSync(join(base, 'out'))).toBe(false);
  expectClean();
});

test('builds are removed on request', async () => {
  repository.rate(1e7);
  await gate(testContext(root), options({ against: 'HEAD', keepBuilds: '2' }));
  expect(readdirSync(join(root, '.netvm/builds'))).toHaveLength(1);
  const context = testContext(root);
  expect(await gate(context, options({ removeBuilds: true }))).toBe(0);
  expect(context.printed).toEqual(['1 builds removed']);
  expectClean();
});
