import { relative, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { HostFacts } from '../model/run.ts';
import { gateReport } from '../regress/gate.ts';
import type { GateReport } from '../regress/gate.ts';
import { againstLevels } from '../regress/against-level.ts';
import { profileName } from '../regress/compare/gather.ts';
import { profileDifferences } from '../regress/profile-differences.ts';
import type { RunData } from '../regress/repeats.ts';
import type { RoundsResult } from '../regress/rounds.ts';
import { compareRuns } from '../regress/two-runs.ts';
import { plain } from '../report/markup.ts';
import { readRun, readTrials } from '../store/archive.ts';
import { differencesOf } from '../store/fingerprint.ts';
import { readSeries } from '../store/index/index.ts';
import { readUneditedFacts } from '../store/read.ts';
import type { Context } from './context.ts';
import { runsLimit } from './trend-filter.ts';
import { withIndex } from './with-index.ts';

/** Compares two archives. Throws UserError (exit 2) where they are of different machines or of different measurements. */
export async function gateRuns(beforeDir: string, afterDir: string, floor: number): Promise<GateReport> {
  const startMs = performance.now();
  const [before, after] = [await read(beforeDir), await read(afterDir)];
  const differences = [
    ...(before.run.testbed === after.run.testbed
      ? []
      : [`testbed ${before.run.testbed} -> ${after.run.testbed}`]),
    ...differencesOf(before.facts, after.facts),
    ...profileDifferences(before.run, after.run),
  ];
  if (differences.length > 0) {
    throw refuse(`${afterDir} cannot be compared with ${beforeDir}: ${differences.join('; ')}`);
  }
  const result = compareRuns(before, after, floor);
  if (result.states.length === 0) throw refuse(`${afterDir} has no cell that ${beforeDir} has`);
  return reportOf(
    { before: sideOf(beforeDir, before), after: sideOf(afterDir, after) },
    after,
    floor,
    startMs,
    result,
  );
}

/** A run against the last level of its series in a directory of runs, which has to be among them. Throws UserError (exit 2). */
export async function gateHistory(
  context: Pick<Context, 'signal' | 'written' | 'progress'>,
  runDir: string,
  historyDir: string,
  floor: number,
): Promise<GateReport> {
  const startMs = performance.now();
  const found = await read(runDir);
  return withIndex(context, historyDir, 'inDirectory', async ({ index, update, dir }) => {
    const { series, problems } = await readSeries(index, { runsMax: runsLimit }, dir);
    const result = againstLevels(series, found.run.id, floor);
    if (result.states.length === 0) {
      const path = relative(resolve(historyDir), resolve(runDir));
      const known = [...update.problems, ...problems].find(({ file }) => file === path);
      const why = known?.problem ?? `it must be one of the newest ${runsLimit} runs in there`;
      throw refuse(`${runDir}: run ${found.run.id} is in no series of ${historyDir}: ${plain(why)}`);
    }
    const level = { name: `the last level in ${historyDir}`, commit: null, isDirty: false };
    return reportOf({ before: level, after: sideOf(runDir, found) }, found, floor, startMs, result);
  });
}

type Read = RunData & { readonly facts: readonly HostFacts[] };

async function read(dir: string): Promise<Read> {
  const path = resolve(dir);
  return { run: await readRun(path), trials: await readTrials(path), facts: await readUneditedFacts(path) };
}

function sideOf(name: string, { facts: [host] }: Read) {
  return { name, commit: host?.gitCommit ?? null, isDirty: host?.gitDirty ?? false };
}

/** Of what is in archives: one round, which `after` is the run of. */
function reportOf(
  sides: Pick<GateReport, 'before' | 'after'>,
  { run }: Read,
  floor: number,
  startMs: number,
  result: RoundsResult,
): GateReport {
  const elapsedMs = Math.round(performance.now() - startMs);
  return gateReport({ ...sides, profile: profileName(run), floor, roundsMax: 1, elapsedMs }, result);
}

function refuse(message: string): UserError {
  return new UserError(exitCode.badInput, message);
}
