import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { StoredSeries } from '../model/series.ts';
import type { Confirmation, Suspicion } from '../regress/suspicion.ts';
import { withLock } from '../native/lock.ts';
import { isOpen } from './book.ts';
import type { Alert } from './book.ts';
import type { LatestPoint } from './channel.ts';
import type { Clock } from './clock.ts';
import type { AlertConfig } from './config.ts';
import { deliver } from './deliver.ts';
import type { ChannelReport } from './deliver.ts';
import { conclude, isToBeConfirmed } from './life.ts';
import { appendToLog, lockName, logFile, readLog } from './log.ts';
import { nightFile, readNight, saveNight } from './night-state.ts';
import type { NightState } from './night-state.ts';
import { observe, sinceExpected } from './observe.ts';

/** What a night is made of. Each may be killed at any moment and asked for again. */
export interface NightParts {
  readonly newRunId: () => string;
  /** Takes the testbed, measures, and stores the archive of this run; resolves to cells that failed. UserError (exit 3) where the testbed is not to be had. */
  readonly measure: (runId: string) => Promise<number>;
  /** The same of a run whose measuring was killed; null where that cannot be gone on with. */
  readonly goOn: (runId: string) => Promise<number | null>;
  /** All series of the stored runs, the archive of this night among them. */
  readonly series: () => Promise<readonly StoredSeries[]>;
  readonly suspicionsOf: (series: StoredSeries) => readonly Suspicion[];
  /** Interleaved reruns of the two commits of suspicions that share them, in the same order. */
  readonly confirm: (suspicions: readonly Suspicion[]) => Promise<readonly Confirmation[]>;
  /** Writes the pages that people look at; resolves to the file to look at first. */
  readonly report: (runId: string) => Promise<string>;
}

export interface NightOptions {
  /** Of the results. */
  readonly dir: string;
  readonly parts: NightParts;
  readonly config: AlertConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface NightReport {
  readonly runId: string;
  /** Begun or measured before, by a night that was killed. */
  readonly isResumed: boolean;
  readonly cellsFailed: number;
  readonly suspicions: number;
  /** Of those, the ones that reruns were made for. */
  readonly rerun: number;
  readonly open: readonly Alert[];
  /** Alerts that are open and were not when the night began. */
  readonly news: readonly string[];
  readonly reportFile: string | null;
  readonly channels: readonly ChannelReport[];
  /** What kept a stage from being done, though the night went on: sentences. */
  readonly problems: readonly UserError[];
}

/** A run that was measured longer ago than this is not this night's: the next one is measured, and looks at both. */
export const resumeMsMax = 12 * 3_600_000;

/**
 * A night: measure, look for changes, confirm them, raise alerts, report, deliver. Every stage may be killed and is gone on with at the next start: what reruns say is logged as
 * soon as it is known, so nothing is repeated, and what is not logged is found again, so nothing is lost. What is pending is delivered even where nothing can be measured. One
 * night at a time: UserError (exit 3) for another.
 */
export async function nightly(options: NightOptions): Promise<NightReport> {
  await mkdir(options.dir, { recursive: true });
  const busy = `another ./netvm nightly is at work in ${options.dir}: wait for it`;
  return withLock(lockName(join(options.dir, nightFile)), () => night(options), busy, 0);
}

async function night(options: NightOptions): Promise<NightReport> {
  const { dir, parts, config, clock, signal } = options;
  const file = join(dir, logFile);
  const { book: before, torn } = await readLog(file);
  if (torn !== null) options.say(torn);
  const problems: UserError[] = [];
  const stage = <T>(work: () => Promise<T>) => survive(work, problems, options);

  const measured = await stage(() => measureOnce(options));
  signal.throwIfAborted();
  const series = await parts.series();
  const current = measured === null ? [] : series.filter((one) => isCurrent(one, measured.runId));
  const { suspicions, rerun } = await confirmAll(file, current, options, problems);
  await appendToLog(file, (book) => observe(book, series), clock.now);
  const reportFile = measured === null ? null : await stage(() => parts.report(measured.runId));
  const { channels, policy } = config;
  const latest = latestOf(series);
  const told = await stage(() => deliver({ file, channels, policy, clock, signal, latest }));
  if (measured !== null) {
    const { isResumed: _, ...state } = measured;
    await saveNight(dir, { ...state, stage: 'done' });
  }
  const { book } = await readLog(file);
  const open = [...book.alerts.values()].filter(isOpen);
  const wasOpen = (id: string) =>
    [...before.alerts.values()].some((alert) => alert.id === id && isOpen(alert));
  return {
    runId: measured?.runId ?? '',
    isResumed: measured?.isResumed ?? false,
    cellsFailed: measured?.cellsFailed ?? 0,
    suspicions,
    rerun,
    open,
    news: open.map(({ id }) => id).filter((id) => !wasOpen(id)),
    reportFile,
    channels: told ?? [],
    problems,
  };
}

/** What a user can mend is told at the end, and keeps nobody from being told what is known already; null then. */
async function survive<T>(
  work: () => Promise<T>,
  problems: UserError[],
  { signal, say }: Pick<NightOptions, 'signal' | 'say'>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError) || error.code === exitCode.badInput) throw error;
    say(error.message);
    problems.push(error);
    return null;
  }
}

interface MeasuredNight extends Omit<NightState, 'schema' | 'stage'> {
  readonly isResumed: boolean;
}

async function measureOnce({ dir, parts, clock, say }: NightOptions): Promise<MeasuredNight> {
  const last = await readNight(dir);
  const nowMs = clock.now();
  const isRecent = last !== null && nowMs - Date.parse(last.startedAt) < resumeMsMax;
  if (isRecent && last.stage !== 'done') {
    say(
      `going on with run ${last.runId}, which was ${last.stage === 'measured' ? 'measured' : 'begun'} before`,
    );
    const cellsFailed = last.stage === 'measured' ? last.cellsFailed : await parts.goOn(last.runId);
    if (cellsFailed !== null) return measuredNight(dir, last, cellsFailed, true);
    say(`run ${last.runId} cannot be gone on with: it is measured anew`);
  }
  const begun = { runId: parts.newRunId(), startedAt: new Date(nowMs).toISOString() };
  await saveNight(dir, { ...begun, cellsFailed: 0, stage: 'measuring' });
  return measuredNight(dir, begun, await parts.measure(begun.runId), false);
}

async function measuredNight(
  dir: string,
  { runId, startedAt }: Pick<NightState, 'runId' | 'startedAt'>,
  cellsFailed: number,
  isResumed: boolean,
): Promise<MeasuredNight> {
  const night = { runId, startedAt, cellsFailed };
  await saveNight(dir, { ...night, stage: 'measured' });
  return { ...night, isResumed };
}

/** What changed longer ago was looked at in its time, or before there were nights: nobody reruns a year. */
const recentRunsMax = 30;

/** Reruns tell of this night's cells on this night's machine: a series that ended before it cannot be confirmed any more. */
function isCurrent({ points }: StoredSeries, runId: string): boolean {
  return points.at(-1)?.runId === runId;
}

async function confirmAll(
  file: string,
  series: readonly StoredSeries[],
  { parts, clock, signal, say }: NightOptions,
  problems: UserError[],
): Promise<{ suspicions: number; rerun: number }> {
  const { book } = await readLog(file);
  const suspicions = series.flatMap((one) => {
    const recent = new Set(one.points.slice(-recentRunsMax).map(({ runId }) => runId));
    return parts
      .suspicionsOf(sinceExpected(book, one))
      .filter(({ firstAfter }) => recent.has(firstAfter.runId));
  });
  let rerun = 0;
  for (const group of byCommits(suspicions)) {
    // Asked anew for each group: what the last one raised may be what this one is about.
    const { book: now } = await readLog(file);
    const open = group.filter((suspicion) => isToBeConfirmed(now, suspicion));
    if (open.length === 0) continue;
    signal.throwIfAborted();
    say(`confirming ${open.length} of ${suspicions.length} suspicions by reruns`);
    const confirmations = await survive(() => parts.confirm(open), problems, { signal, say });
    if (confirmations === null) continue;
    if (confirmations.length !== open.length) {
      throw new Error(`expected ${open.length} confirmations, got ${confirmations.length}`);
    }
    rerun += open.length;
    for (const [index, suspicion] of open.entries()) {
      const confirmation = confirmations[index];
      if (confirmation === undefined) continue;
      await appendToLog(file, (current) => conclude(current, suspicion, confirmation), clock.now);
    }
  }
  return { suspicions: suspicions.length, rerun };
}

/** What the same reruns can tell: of one testbed, between the same two commits. */
function byCommits(suspicions: readonly Suspicion[]): readonly (readonly Suspicion[])[] {
  const groups = Map.groupBy(suspicions, ({ series, change, lastBefore, firstAfter }) =>
    JSON.stringify([series.testbed, change.kind, lastBefore.commit, firstAfter.commit]),
  );
  return [...groups.values()];
}

/** The last point of each series. */
export function latestOf(series: readonly StoredSeries[]): LatestPoint[] {
  return series.flatMap(({ id, points }) => {
    const point = points.at(-1);
    return point === undefined ? [] : [{ series: id, point }];
  });
}
