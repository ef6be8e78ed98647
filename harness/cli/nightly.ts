import { join, relative, resolve } from 'node:path';
import type { AlertConfig } from '../alert/config.ts';
import { systemClock } from '../alert/clock.ts';
import { listingOf } from '../alert/listing.ts';
import { nightly } from '../alert/nightly.ts';
import type { NightParts, NightReport } from '../alert/nightly.ts';
import { noticeOf } from '../alert/notice.ts';
import { usualPolicy } from '../alert/retry.ts';
import { asPlain } from '../alert/words.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import { falseConfirmationsMax } from '../regress/confirm.ts';
import { pairsMax, pairsMin } from '../regress/looks.ts';
import { suspicionsOf } from '../regress/suspicions.ts';
import { readRun } from '../store/archive.ts';
import type { Testbed } from '../testbed/parse.ts';
import { deliveryText, loadConfig } from './alerts.ts';
import type { Context } from './context.ts';
import { dashboard } from './dashboard.ts';
import { loadOrder, loadTestbed } from './files.ts';
import type { Order } from './files.ts';
import { measure, newRunId } from './measure.ts';
import { confirmByReruns } from './night-reruns.ts';
import { loadResumed } from './resume.ts';
import { shareOption, wholeOption } from './options.ts';
import { storedSeries } from './stored-series.ts';
import { indexAddress } from '../store/index/index.ts';
import type { IndexOption } from './with-index.ts';

export interface NightlyCommand extends IndexOption {
  readonly profile: string;
  readonly testbed: string;
  readonly dir?: string;
  readonly config?: string;
  readonly minChange: string;
  readonly roundsMax: string;
  readonly json?: true;
}

/** A night: measures, looks for changes, confirms them by reruns, raises alerts, reports, tells people. `instead` is for tests. */
export async function runNight(
  context: Context,
  command: NightlyCommand,
  instead: Partial<NightParts> = {},
): Promise<ExitCode> {
  const dir = resolve(command.dir ?? join(context.root, 'results'));
  const config: AlertConfig =
    command.config === undefined ? { channels: [], policy: usualPolicy } : loadConfig(command.config);
  const parts = { ...partsOf(context, dir, command), ...instead };
  context.written.add(dir);
  const { signal } = context;
  const say = (text: string) => context.say(`netvm: ${text}`);
  const report = await nightly({ dir, parts, config, clock: systemClock, signal, say });
  context.progress.finish();
  context.print(command.json ? JSON.stringify(published(report), null, 2) : inWords(report));
  return codeOf(report);
}

/** Everything that can be wrong with what was asked for is said here, before anything starts. */
function partsOf(context: Context, dir: string, command: NightlyCommand): NightParts {
  const order = loadOrder(resolve(command.profile));
  const { plan } = order;
  const testbed = loadTestbed(context.root, command.testbed);
  const minChange = shareOption('min-change', command.minChange);
  indexAddress(command.index);
  wholeOption('rounds-max', command.roundsMax, pairsMin(falseConfirmationsMax / plan.cells.length), pairsMax);
  const confirm = confirmByReruns(context, {
    dir,
    profile: command.profile,
    testbed: command.testbed,
    minChange,
    roundsMax: command.roundsMax,
  });
  return {
    newRunId: () => newRunId(new Date(), plan.profile.name),
    measure: (runId) => measureInto(context, join(dir, runId), runId, order, testbed),
    goOn: (runId) => goOn(context, join(dir, runId), testbed),
    series: () => storedSeries(context, dir, indexOf(command)),
    // Another testbed's are for its own nights: they cannot be rerun here.
    suspicionsOf: (series) => (series.id.testbed === testbed.name ? suspicionsOf(series, { minChange }) : []),
    confirm,
    report: () => writePage(context, dir, command),
  };
}

function indexOf({ index }: NightlyCommand): IndexOption {
  return index === undefined ? {} : { index };
}

async function measureInto(
  context: Context,
  outDir: string,
  runId: string,
  order: Order,
  testbed: Testbed,
): Promise<number> {
  const { run } = await measure(context, order, testbed, { kind: 'new', outDir, runId });
  return failedCells(context, run);
}

/** Of a run that was killed; null where it cannot be gone on with: another commit, another machine, nothing stored yet. */
async function goOn(context: Context, dir: string, testbed: Testbed): Promise<number | null> {
  try {
    const stored = await readRun(dir);
    if (stored.status === 'complete') return failedCells(context, stored);
    const { order, run } = await loadResumed(dir);
    return failedCells(context, (await measure(context, order, testbed, { kind: 'resumed', dir, run })).run);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof UserError) || error.code !== exitCode.badInput) throw error;
    return null;
  }
}

/** One that was told to stop is no night's: what it has is a part. */
function failedCells({ signal }: Context, { results }: Run): number {
  signal.throwIfAborted();
  return results.filter(({ verdict }) => verdict === 'failed').length;
}

/** The page of all series; each run's own report, which measuring writes, is linked from it. */
async function writePage(context: Context, dir: string, command: NightlyCommand): Promise<string> {
  const outFile = join(dir, 'dashboard.html');
  // What it prints is not what a night is asked for.
  await dashboard({ ...context, print: () => {} }, dir, {
    ...indexOf(command),
    out: outFile,
    runs: '365',
    minChange: command.minChange,
  });
  return outFile;
}

/** 1 where a regression is open or a cell could not be measured; 3 where the testbed was not to be had. */
function codeOf({ open, cellsFailed, problems }: NightReport): ExitCode {
  if (problems.some(({ code }) => code === exitCode.testbedUnable)) return exitCode.testbedUnable;
  const isBad = open.length > 0 || cellsFailed > 0 || problems.length > 0;
  return isBad ? exitCode.measurementFailed : exitCode.done;
}

function published(report: NightReport) {
  const { open, problems, ...rest } = report;
  return { ...rest, open: open.map(listingOf), problems: problems.map(({ message }) => message) };
}

function inWords(report: NightReport): string {
  const { open, news, suspicions, rerun, cellsFailed, reportFile, channels } = report;
  const alerts = open.map((alert) => {
    const word = news.includes(alert.id) ? 'new' : `open since ${alert.raisedAt.slice(0, 10)}`;
    return `  ${alert.id} (${word}): ${asPlain(noticeOf(alert).title)}`;
  });
  return [
    ...(cellsFailed > 0 ? [`${cellsFailed} cells could not be measured.`] : []),
    `${suspicions} changes are in the series; ${rerun} were rerun this night.`,
    open.length === 0
      ? 'No confirmed regression is open.'
      : `Confirmed regressions that are open: ${open.length}`,
    ...alerts,
    ...(channels.length > 0 ? [deliveryText(channels)] : []),
    ...(reportFile === null ? [] : [`\nReport: ${relative(process.cwd(), reportFile)}`]),
  ].join('\n');
}
