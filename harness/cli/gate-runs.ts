import { resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import { gateReport } from '../regress/gate.ts';
import type { GateReport } from '../regress/gate.ts';
import { compareRuns, profileDifferences } from '../regress/two-runs.ts';
import type { RunData } from '../regress/two-runs.ts';
import { readFacts, readRun, readTrials } from '../store/archive.ts';
import { differencesOf } from '../store/fingerprint.ts';

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
  const about = {
    before: sideOf(beforeDir, before),
    after: sideOf(afterDir, after),
    profile: nameOf(after.run),
    floor,
    roundsMax: 1,
    elapsedMs: Math.round(performance.now() - startMs),
  };
  return gateReport(about, result);
}

type Read = RunData & { readonly facts: Awaited<ReturnType<typeof readFacts>> };

async function read(dir: string): Promise<Read> {
  const path = resolve(dir);
  return { run: await readRun(path), trials: await readTrials(path), facts: await readFacts(path) };
}

function sideOf(name: string, { facts: [host] }: Read) {
  return { name, commit: host?.gitCommit ?? null, isDirty: host?.gitDirty ?? false };
}

function nameOf({ profile }: Run): string {
  const name = typeof profile === 'object' && profile !== null ? (profile as { name?: unknown }).name : null;
  return typeof name === 'string' ? name : 'unknown profile';
}

function refuse(message: string): UserError {
  return new UserError(exitCode.badInput, message);
}
