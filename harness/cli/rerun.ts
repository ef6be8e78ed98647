import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { estimate } from '../measure/estimate.ts';
import { cellOf } from '../measure/context.ts';
import { failedCell } from '../measure/cell.ts';
import { cellKey, cellWords } from '../model/cell.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { Cell } from '../model/run.ts';
import { expand } from '../profile/expand.ts';
import type { Plan, PlannedCell } from '../profile/plan.ts';
import { falseConfirmationsMax } from '../regress/confirm.ts';
import { pairsMax, pairsMin } from '../regress/looks.ts';
import { measuredOf } from '../regress/measured.ts';
import { interleave } from '../regress/rounds.ts';
import type { CellState, Measured, RoundsResult } from '../regress/rounds.ts';
import type { Side } from '../regress/sides.ts';
import { plain } from '../report/markup.ts';
import { readRun } from '../store/archive.ts';
import { withBuilds } from '../testbed/builds.ts';
import type { Builds } from '../testbed/builds.ts';
import { changesDigest, git, short, subjectOf } from '../testbed/git.ts';
import { buildSide, runSide } from '../testbed/side.ts';
import type { Context } from './context.ts';
import { loadProfile, loadTestbed, testbedPath } from './files.ts';
import { newRunId, refuseUsed } from './measure.ts';
import { shareOption, wholeOption } from './options.ts';

/** Options of all that measures two commits in turns. */
export interface RerunOptions {
  readonly profile: string;
  readonly testbed: string;
  readonly floor: string;
  readonly roundsMax: string;
  readonly keepBuilds: string;
  readonly cell?: string;
  readonly out?: string;
}

/** The options, checked: nothing was started. */
export interface Rerun {
  readonly plan: Plan;
  readonly profileFile: string;
  /** Its file, absolute. */
  readonly testbed: string;
  readonly floor: number;
  readonly roundsMax: number;
  readonly keepBuilds: number;
  readonly outDir: string;
  readonly cells: readonly PlannedCell[];
  /** Name of the only metric that counts; all do where it is left out. */
  readonly metric?: string;
  /** The only figures that count, as `figureKey` has them; all do where it is left out. */
  readonly figures?: ReadonlySet<string>;
  /** What is suspected; a regression where it is left out. */
  readonly kind?: 'regression' | 'improvement';
}

/** A side as it is measured: `directory` is its checkout. */
export interface RerunSide {
  readonly name: string;
  readonly directory: string;
}

/** A round is repeated so often where a side fails in it. */
const repeatsMax = 2;
/** Of a run beside what its plan takes: the launcher, the report, the journal. */
const aroundRunMs = 2_500;
/** A run that takes so many times what is expected, and so long, hangs: a disturbed machine repeats trials, up to their limit. */
const hangs = { times: 5, ms: 30 * 60_000 };

export function prepareRerun(context: Context, name: string, options: RerunOptions): Rerun {
  const profileFile = resolve(options.profile);
  const plan = expand(loadProfile(profileFile));
  refuseGuests(profileFile, plan);
  loadTestbed(context.root, options.testbed);
  const cells = wantedCells(plan, options.cell);
  const least = pairsMin(falseConfirmationsMax / cells.length);
  const outDir = resolve(options.out ?? join(context.root, 'results', newRunId(new Date(), name)));
  refuseUsed(outDir);
  return {
    plan,
    profileFile,
    // The same file for both sides: a commit may have another testbed of that name, with other cores.
    testbed: resolve(testbedPath(context.root, options.testbed)),
    floor: floorOf(options.floor),
    roundsMax: wholeOption('rounds-max', options.roundsMax, least, pairsMax),
    keepBuilds: wholeOption('keep-builds', options.keepBuilds, 0, 16),
    outDir,
    cells,
  };
}

const guestsNamedMax = 3;

/** A checkout of a commit is built for processes: it has no guest image, and a side measures the whole profile. Throws UserError (exit 2) where it has virtual machines. */
function refuseGuests(profileFile: string, { cells }: Plan): void {
  const names = cells.filter(({ isolation }) => isolation === 'vm').map((cell) => cellWords(cellOf(cell)));
  if (names.length === 0) return;
  const more = names.length - guestsNamedMax;
  const named = `${names.slice(0, guestsNamedMax).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  throw new UserError(
    exitCode.badInput,
    `${profileFile}: cells with virtual machines cannot be measured of two commits in turns, since a commit's checkout has no guest image (${named}): leave the isolation vm and the virtio data planes out`,
  );
}

/** Lets `use` have builds of commits, of each its own launcher's; what is written as root is given back. */
export async function withCommits<T>(
  context: Context,
  { keepBuilds: keep, outDir }: Rerun,
  use: (builds: Builds) => Promise<T>,
): Promise<T> {
  const { root, signal, progress, written } = context;
  mkdirSync(outDir, { recursive: true });
  const gitDir = (await git(root, 'rev-parse', '--path-format=absolute', '--git-common-dir')).trim();
  for (const path of [join(root, '.netvm'), join(gitDir, 'worktrees'), outDir]) written.add(path);
  const build = async (directory: string, id: string) => {
    progress.detail(plain(`building ${short(id)} (${await subjectOf(root, id)})`));
    await buildSide(directory, join(outDir, `build-${short(id)}.log`), signal);
  };
  return withBuilds({ root, keep, build }, use);
}

/** Measures both sides in turns, until each cell is decided or the rounds are over. Archives are kept in `outDir`, one a run. */
export async function compareSides(
  context: Context,
  rerun: Rerun,
  sides: Readonly<Record<Side, RerunSide>>,
  outDir: string,
): Promise<RoundsResult> {
  const { signal, progress } = context;
  const { floor, roundsMax, plan } = rerun;
  const wanted = new Set(rerun.cells.map((cell) => cellKey(cellOf(cell))));
  const runMs = (await estimate(plan)).totalMs + aroundRunMs;
  const msMax = Math.max(hangs.ms, hangs.times * runMs);
  const startMs = performance.now();
  mkdirSync(outDir, { recursive: true });
  const began = { before: await stateOf(sides.before), after: await stateOf(sides.after) };
  const measure = async (side: Side, round: number, repeat: number) => {
    const again = repeat === 0 ? '' : `-again-${repeat}`;
    const { name, directory } = sides[side];
    progress.detail(`measuring ${name}`);
    const runDir = join(outDir, `round-${String(round + 1).padStart(2, '0')}-${side}${again}`);
    const { profileFile: profile, testbed } = rerun;
    const logFile = join(outDir, `${side}.log`);
    const failure = await runSide({ directory, profile, testbed, outDir: runDir, logFile, signal, msMax });
    if ((await stateOf(sides[side])) !== began[side]) throw edited(sides[side]);
    if (failure !== null) return nothing(rerun, failure);
    return ofMetric(measuredOf(await readRun(runDir), wanted), rerun);
  };
  const onRound = (round: number, states: readonly CellState[]) => {
    const tookMs = round === 0 ? 2 * runMs : (performance.now() - startMs) / round;
    const text = `round ${round + 1} of at most ${roundsMax}, ${decided(states)}`;
    progress.step(round, roundsMax, text, tookMs * (roundsMax - round));
  };
  return interleave({ measure, onRound, kind: rerun.kind ?? 'regression', floor, roundsMax, repeatsMax });
}

/** What a side is built from: its commit, and how the files differ from it. */
async function stateOf({ directory }: RerunSide): Promise<string> {
  return `${await git(directory, 'rev-parse', 'HEAD')}${await changesDigest(directory)}`;
}

function edited({ name, directory }: RerunSide): UserError {
  return new UserError(
    exitCode.measurementFailed,
    `${name}: ${directory} was edited while it was being measured, so its rounds are not of one program; start again, and leave it alone until the end`,
  );
}

function nothing(rerun: Rerun, why: string): Measured[] {
  const results = rerun.cells.map((cell) => failedCell(cell, why));
  return ofMetric(measuredOf({ results, generator: null }), rerun);
}

function ofMetric(measured: readonly Measured[], { metric: wanted, figures }: Rerun): Measured[] {
  return measured.filter(
    ({ cell, metric }) =>
      (wanted === undefined || metric.name === wanted) &&
      (figures?.has(figureKey(cell, metric.name)) ?? true),
  );
}

/** Names one figure of one cell. */
export function figureKey(cell: Cell, metric: string): string {
  return `${cellKey(cell)} ${metric}`;
}

function decided(states: readonly CellState[]): string {
  // Before the first round nobody knows how many figures there are.
  if (states.length === 0) return 'the first';
  return `${states.filter(({ isFinal }) => isFinal).length} of ${states.length} cells decided`;
}

function wantedCells({ cells }: Plan, text: string | undefined): readonly PlannedCell[] {
  if (text === undefined) return cells;
  const found = cells.filter((cell) => cellWords(cellOf(cell)).toLowerCase().includes(text.toLowerCase()));
  if (found.length > 0) return found;
  const names = cells.map((cell) => `\n  ${cellWords(cellOf(cell))}`).join('');
  throw new UserError(
    exitCode.badInput,
    `--cell ${JSON.stringify(text)}: no cell's name has this in it; there are${names}`,
  );
}

function floorOf(text: string): number {
  const floor = shareOption('floor', text);
  if (floor <= 0.5) return floor;
  throw new UserError(exitCode.badInput, `--floor: expected 50% at most, got ${JSON.stringify(text)}`);
}
