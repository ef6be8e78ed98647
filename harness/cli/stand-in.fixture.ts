import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Cell, CellResult } from '../model/run.ts';
import { syntheticRun } from '../store/fixture.ts';
import { createRepository } from '../testbed/repository.fixture.ts';
import type { TestRepository } from '../testbed/repository.fixture.ts';
import type { CliProgress } from './progress.ts';
import type { Context } from './context.ts';

const harness = resolve(import.meta.dirname, '..');

/**
 * Stands for `./netvm` in tests of gates and bisections: real rates would take an hour. It sets nothing up, and its `run` writes a run.json of one cell whose
 * rate is what the commit's file `rate` says, give or take 1 %; `broken` does not build, `failing` measures nothing, `crashing` leaves no archive, `hanging` waits to be interrupted.
 */
const standIn = `#!/bin/sh
set -eu
cd "$(dirname "$0")"
rate=$(cat rate)
[ "$1" = run ] || exit 2
if [ "$rate" = broken ]; then
  echo 'netvm: building the native programs (meson, ninja) failed' >&2
  exit 3
fi
[ "$2" != /dev/null ] || exit 2
if [ "$rate" = hanging ]; then
  trap 'exit 130' INT
  while :; do sleep 0.1; done
fi
if [ "$rate" = crashing ]; then
  echo 'netvm: this should not have happened' >&2
  exit 1
fi
# Both sides on the same cores, whatever their own testbeds say.
echo "testbed: $4" >&2
out=$6
mkdir -p "$out"
if [ "$rate" = failing ]; then
  cp failed.json "$out/run.json"
  exit 1
fi
sed "s/123456789/$((rate + rate / 1000 * ($$ % 20 - 10)))/" measured.json >"$out/run.json"
`;

export const standInProfile = `schema: profile/1
name: stand-in
dataplanes: [netvm]
chains: [[forward]]
frameSizesBytes: [64]
lineRate: unpaced
method: {name: mrr, trials: 1, trialDuration: 50 ms}
`;

export interface StandIns extends TestRepository {
  /** Commits a `./netvm` of that rate. */
  rate(rate: number | 'broken' | 'failing' | 'crashing' | 'hanging', message?: string): string;
}

/** A repository whose every commit has a stand-in for `./netvm`. */
export function createStandIns(root: string): StandIns {
  const repository = createRepository(root);
  const shipped = readFileSync(join(harness, '..', 'testbeds/local.yaml'), 'utf8');
  const files = {
    netvm: standIn,
    'measured.json': template({
      verdict: 'valid',
      reason: null,
      throughput: { pps: 123_456_789, gbps: 1, lowerPps: 0, upperPps: null },
    }),
    'failed.json': template({
      verdict: 'failed',
      reason: 'The data plane did not start.',
      throughput: null,
    }),
    'profile.yaml': standInProfile,
    'testbeds/local.yaml': shipped,
    '.gitignore': '.netvm/\nresults/\n',
  };
  return {
    ...repository,
    rate: (rate, message = String(rate)) => repository.commit(message, { ...files, rate: String(rate) }),
  };
}

function template(found: Pick<CellResult, 'verdict' | 'reason' | 'throughput'>): string {
  const run = syntheticRun();
  const [result] = run.results;
  if (result === undefined) throw new Error('expected a result');
  const cell: Cell = {
    dataplane: 'netvm',
    isolation: 'process',
    nfs: ['forward'],
    frameSizeBytes: 64,
    method: 'mrr',
  };
  return JSON.stringify({ ...run, results: [{ ...result, latencyNs: {}, ...found, cell }] });
}

export interface TestContext extends Context {
  readonly printed: string[];
  readonly steps: string[];
  readonly controller: AbortController;
}

export function testContext(root: string): TestContext {
  const [printed, steps]: [string[], string[]] = [[], []];
  const controller = new AbortController();
  const progress: CliProgress = {
    step: (done, total, text) => steps.push(`[${done}/${total}] ${text}`),
    detail: (text) => steps.push(text),
    finish() {},
  };
  return {
    root,
    native: '',
    command: './netvm',
    signal: controller.signal,
    progress,
    say: (text) => steps.push(text),
    print: (text) => printed.push(text),
    written: new Set(),
    giveBack: async () => {},
    printed,
    steps,
    controller,
  };
}
