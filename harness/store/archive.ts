import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import { canonicalJson } from '../model/canonical.ts';
import type { HostFacts, Run, TrialRecord } from '../model/run.ts';
import { writeAtomically } from './atomic.ts';
import { checksumsFile, writeChecksums } from './checksums.ts';
import { isProbe } from './probes.ts';
import { readTrials } from './read.ts';
import { factsSchema, runSchema, trialSchema } from './schema.ts';

export { readFacts, readRun, readTrials } from './read.ts';
export { verifyArchive, type ArchiveProblem } from './verify.ts';

/** One line of `log.jsonl`; the time is added. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [key: string]: unknown;
}

/**
 * A run's directory while the run is written. A harness killed at any moment leaves a readable archive: `run.json` is
 * replaced as a whole, a trial is on disk before `appendTrial` returns.
 */
export interface RunArchive {
  readonly dir: string;
  appendTrial(trial: TrialRecord): Promise<void>;
  saveRun(run: Run): Promise<void>;
  /** Writes `latency/<name>.hlog`; returns its path inside the archive, for `LatencySummary.hlog`. */
  writeLatency(name: string, hlogText: string): Promise<string>;
  writeFacts(facts: readonly HostFacts[]): Promise<void>;
  /** Writes `profile.yaml`, the profile as it was read. */
  writeProfile(text: string): Promise<void>;
  log(entry: LogEntry): Promise<void>;
  /** Closes the files and writes SHA256SUMS. Nothing can be written afterwards. */
  finish(): Promise<void>;
}

/** Starts an archive in `dir`, which is made if it is missing. Refuses one that already holds a run. */
export async function createArchive(dir: string): Promise<RunArchive> {
  const root = resolve(dir);
  await mkdir(join(root, 'latency'), { recursive: true });
  return writeTo(root, await claim(root));
}

/**
 * Opens an archive whose run did not come to its end, to go on with it. Trials of cells that have no result are left out, since those
 * cells are measured again, from the start, and so are probes. The caller sees to it that nobody else writes to it (a testbed's lock does).
 */
export async function reopenArchive(dir: string, run: Run): Promise<RunArchive> {
  const root = resolve(dir);
  const done = new Set(run.results.map(({ cell }) => canonicalJson(cell)));
  const isKept = (trial: TrialRecord) => !isProbe(trial) && done.has(canonicalJson(trial.cell));
  const kept = (await readTrials(root)).filter(isKept);
  await rm(join(root, checksumsFile), { force: true });
  await mkdir(join(root, 'latency'), { recursive: true });
  const file = join(root, 'trials.jsonl');
  await writeAtomically(file, kept.map((trial) => `${JSON.stringify(trial)}\n`).join(''));
  return writeTo(root, await open(file, 'a'));
}

async function writeTo(root: string, trials: FileHandle): Promise<RunArchive> {
  const log = await open(join(root, 'log.jsonl'), 'a');
  const queue = serial();
  let finished = false;

  const write = <T>(work: () => Promise<T>): Promise<T> => {
    if (finished) return Promise.reject(new Error(`the archive ${root} is finished`));
    return queue(work);
  };

  return {
    dir: root,
    appendTrial: (trial) =>
      write(async () => {
        await trials.appendFile(`${JSON.stringify(writable(trialSchema, trial))}\n`);
        await trials.datasync();
      }),
    saveRun: (run) =>
      write(() =>
        writeAtomically(join(root, 'run.json'), `${JSON.stringify(writable(runSchema, run), null, 2)}\n`),
      ),
    writeLatency: (name, hlogText) =>
      write(async () => {
        const path = `latency/${latencyFileName(name)}`;
        await writeAtomically(join(root, path), hlogText);
        return path;
      }),
    writeFacts: (facts) =>
      write(() =>
        writeAtomically(
          join(root, 'facts.json'),
          `${JSON.stringify(writable(factsSchema, facts), null, 2)}\n`,
        ),
      ),
    writeProfile: (text) => write(() => writeAtomically(join(root, 'profile.yaml'), text)),
    log: (entry) =>
      write(() => log.appendFile(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`)),
    finish: () => {
      const done = write(async () => {
        await trials.close();
        await log.close();
        await writeChecksums(root);
      });
      finished = true;
      return done;
    },
  };
}

/** Of two harnesses that race for one directory, the exclusive open lets exactly one win. */
async function claim(root: string): Promise<FileHandle> {
  try {
    return await open(join(root, 'trials.jsonl'), 'ax');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UserError(
      exitCode.badInput,
      `${root} already holds a run; choose another --out directory, or remove that one.`,
    );
  }
}

/** What no reader would accept must not be written: JSON would turn a NaN into a null, and the archive into scrap. */
function writable<T>(schema: z.ZodType, value: T): T {
  const { error } = schema.safeParse(value);
  if (error !== undefined) throw new Error(`cannot be archived: ${z.prettifyError(error)}`);
  return value;
}

function latencyFileName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}$/.test(name)) {
    throw new Error(`a latency log's name has letters, digits and . _ + - only; got ${JSON.stringify(name)}`);
  }
  return name.endsWith('.hlog') ? name : `${name}.hlog`;
}

/** Runs work in the order it was asked for; a failure reaches its own caller only. */
function serial(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}
