import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BisectReport } from '../regress/bisect-report.ts';
import { bisectCommits } from './bisect.ts';
import type { BisectOptions } from './bisect.ts';
import { createStandIns, testContext } from './stand-in.fixture.ts';
import type { StandIns } from './stand-in.fixture.ts';

/** Real commits, builds, rounds and archives; only what measures is a stand-in (stand-in.fixture.ts): real rates would take an hour. */
let base = '';
let root = '';
let repository: StandIns;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-bisect-'));
  root = join(base, 'repository');
  repository = createStandIns(root);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function options(good: string, bad: string, more: Partial<BisectOptions> = {}): BisectOptions {
  const profile = join(root, 'profile.yaml');
  const plain = { testbed: 'local', floor: '5%', roundsMax: '7', keepBuilds: '0', out: join(base, 'out') };
  return { profile, good, bad, ...plain, ...more };
}

function expectClean(): void {
  expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
  expect(existsSync(join(root, '.netvm/builds'))).toBe(false);
}

test('past a commit that does not build a range is left, said with its subjects', async () => {
  const good = repository.rate(10_000_000);
  repository.rate(10_000_000, 'docs');
  repository.rate('broken', 'half a change\u001b[2J');
  const culprit = repository.rate(8_000_000, 'a copy of each packet');
  repository.rate(8_000_000, 'tests');
  const context = testContext(root);
  expect(await bisectCommits(context, options(good, 'HEAD'))).toBe(1);
  expect(context.printed.join('\n')).toContain('One of 2 commits is the first that is worse');
  expect(context.printed.join('\n')).toContain(`  ${culprit} a copy of each packet`);
  expect(context.printed.join('\n')).toMatch(/\w{10} +unusable +half a change\ufffd\[2J .*does not build/);
  expectClean();
});

test('where every commit builds there is one, and --json prints the report alone', async () => {
  const good = repository.rate(10_000_000);
  repository.rate(10_000_000, 'docs');
  const culprit = repository.rate(8_000_000, 'a copy of each packet');
  repository.rate(8_000_000, 'tests');
  const context = testContext(root);
  expect(await bisectCommits(context, options(good, 'HEAD', { json: true }))).toBe(0);
  const report = JSON.parse(context.printed.join('')) as BisectReport;
  expect(report).toMatchObject({
    schema: 'bisect/1',
    good,
    outcome: 'found',
    candidates: [culprit],
    metric: { name: 'receivedPps' },
  });
  expect(report.relativeChange).toBeCloseTo(-0.2, 1);
  expect(JSON.parse(readFileSync(join(base, 'out/bisect.json'), 'utf8'))).toEqual(report);
  expectClean();
});

test('a commit after which nothing can be measured is found by one round a step', async () => {
  const good = repository.rate(10_000_000);
  repository.rate(10_000_000, 'docs');
  const culprit = repository.rate('failing', 'a typo');
  repository.rate('failing', 'more');
  const context = testContext(root);
  expect(await bisectCommits(context, options(good, 'HEAD', { json: true }))).toBe(0);
  const report = JSON.parse(context.printed.join('')) as BisectReport;
  expect(report).toMatchObject({ outcome: 'found', candidates: [culprit], relativeChange: null });
});

test('where bad is not worse there is nothing to search for: exit 1, after one comparison', async () => {
  const good = repository.rate(10_000_000);
  repository.rate(10_000_000, 'docs');
  repository.rate(10_000_000, 'tests');
  const context = testContext(root);
  expect(await bisectCommits(context, options(good, 'HEAD'))).toBe(1);
  expect(context.printed.join('\n')).toMatch(
    /^The bad commit is not confirmed to be worse than the good one/,
  );
  expectClean();
});

test('commits in the wrong order are refused before anything starts', async () => {
  const good = repository.rate(10_000_000);
  const bad = repository.rate(8_000_000);
  await expect(bisectCommits(testContext(root), options(bad, good))).rejects.toMatchObject({ code: 2 });
  expect(existsSync(join(base, 'out'))).toBe(false);
});
