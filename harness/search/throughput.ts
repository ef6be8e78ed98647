import { judge, type Judgement } from './judge.ts';
import { firstBounds, nextLoad, tighten, type Bounds } from './bounds.ts';
import type { Load, Trial, TrialOutcome } from './trial.ts';

export type { Load, Trial, TrialOutcome } from './trial.ts';

export interface SearchGoal {
  readonly minPps: number;
  /** The wire's rate, or what else bounds the load. */
  readonly maxPps: number;
  /** The search ends when (upper - lower) / upper is at most this; above 0, below 1. */
  readonly resolutionRatio: number;
  /** Loss that still passes, 0 to 1. RFC 2544 throughput: 0. */
  readonly lossRatio: number;
  readonly durationMs: number;
  /** How often a trial that decided nothing (disturbed, generator-limited, unbalanced) is repeated. */
  readonly maxRepeats: number;
  /** Whether the load found is offered a second time before it counts; true where left out. */
  readonly confirm?: boolean;
  /** Loads tried at most; a bound for systems that never settle. */
  readonly loadsMax?: number;
}

export interface SearchResult<Outcome extends TrialOutcome> {
  readonly verdict: 'valid' | 'disturbed' | 'generator-limited' | 'unbalanced' | 'nf-died';
  /** One sentence where the verdict is not `valid`, else null. */
  readonly reason: string | null;
  /** Load offered in the deciding trial, packets per second; null where no load passed. */
  readonly throughputPps: number | null;
  /** The trial that set the throughput. */
  readonly best: Outcome | null;
  /** Highest intended load that passed, lowest that did not; null where there was none. */
  readonly lowerPps: number | null;
  readonly upperPps: number | null;
  readonly trials: number;
  readonly trialsDisturbed: number;
}

const loadsMaxDefault = 40;

/**
 * Throughput after RFC 2544 section 26.1: the highest load without loss. The wire's rate first; then, since what an
 * overloaded device still forwards is near what it can do, from there on outwards until the bounds are within the
 * resolution. The load found is offered a second time before it counts.
 */
export async function searchThroughput<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  goal: SearchGoal,
): Promise<SearchResult<Outcome>> {
  checkGoal(goal);
  const tally = { trials: 0, trialsDisturbed: 0 };
  const counted: Trial<Outcome> = async (load: Load) => {
    const outcome = await trial(load);
    tally.trials++;
    if (outcome.verdict === 'disturbed') tally.trialsDisturbed++;
    return outcome;
  };

  // More than half of the resolution above what the device can do: that much loss is no accident.
  const judgeGoal = { ...goal, clearLossRatio: Math.max(goal.lossRatio, goal.resolutionRatio / 2) };
  let bounds: Bounds<Outcome> = firstBounds(goal);
  for (let loads = 0; loads < (goal.loadsMax ?? loadsMaxDefault); loads++) {
    const pps = nextLoad(bounds);
    if (pps === null) return { ...conclude(bounds), ...tally };
    const judgement = await judge(counted, { pps, durationMs: goal.durationMs }, judgeGoal);
    if (judgement.kind === 'void') return { ...ended(bounds, judgement), ...tally };
    bounds = tighten(bounds, judgement);
  }
  return { ...unsettled(bounds), ...tally };
}

type Conclusion<Outcome extends TrialOutcome> = Omit<SearchResult<Outcome>, 'trials' | 'trialsDisturbed'>;

function conclude<Outcome extends TrialOutcome>(bounds: Bounds<Outcome>): Conclusion<Outcome> {
  const { lower, upper } = bounds;
  const figures = figuresOf(bounds);
  if (!lower) return { verdict: 'valid', ...figures, ...nothingPassed(bounds) };
  if (upper?.kind === 'generator-limited') {
    const reason = `The generator offered ${mpps(upper.outcome.offeredPps)} of ${mpps(upper.pps)}; the device may be able to do more.`;
    return { ...figures, verdict: 'generator-limited', reason };
  }
  if (upper?.kind === 'too-disturbed') {
    return { ...figures, verdict: 'disturbed', reason: tooDisturbed(upper) };
  }
  if (lower.kind === 'pass-outside-gaps') {
    const { lost, sent } = lower.outcome;
    const reason =
      `Each trial at ${mpps(lower.pps)} lost packets while a core was taken away from its loop; ` +
      `of the ${sent} packets of the best one ${lost} were lost, all of them then.`;
    return { ...figures, verdict: 'disturbed', reason };
  }
  return { ...figures, verdict: 'valid', reason: null };
}

function nothingPassed<Outcome extends TrialOutcome>({ upper, goal }: Bounds<Outcome>) {
  if (upper?.kind === 'generator-limited') {
    return {
      verdict: 'generator-limited' as const,
      reason: `The generator could not offer even ${mpps(goal.minPps)}.`,
    };
  }
  if (upper?.kind === 'too-disturbed') return { verdict: 'disturbed' as const, reason: tooDisturbed(upper) };
  return { reason: `Packets were lost even at the lowest load tried, ${mpps(upper?.pps ?? goal.minPps)}.` };
}

function tooDisturbed<Outcome extends TrialOutcome>({
  pps,
  outcome,
}: Bounds<Outcome>['passed'][number]): string {
  return `Whether the device can do ${mpps(pps)} is not known: ${outcome.reason ?? 'each trial was disturbed'}`;
}

/** The search ended before its bounds met: what was found is a lower bound only. */
function ended<Outcome extends TrialOutcome>(
  bounds: Bounds<Outcome>,
  { verdict, outcome, pps }: Extract<Judgement<Outcome>, { kind: 'void' }>,
): Conclusion<Outcome> {
  const reason = outcome.reason ?? `A trial at ${mpps(pps)} was ${verdict}.`;
  return { ...figuresOf(bounds), verdict, reason };
}

function unsettled<Outcome extends TrialOutcome>(bounds: Bounds<Outcome>): Conclusion<Outcome> {
  const figures = figuresOf(bounds);
  const reason = `The same loads passed and failed in turn: after ${bounds.loads} of them the bounds had not met.`;
  return { ...figures, verdict: 'disturbed', reason };
}

function figuresOf<Outcome extends TrialOutcome>({ lower, upper }: Bounds<Outcome>) {
  return {
    throughputPps: lower?.outcome.offeredPps ?? null,
    best: lower?.outcome ?? null,
    lowerPps: lower?.pps ?? null,
    upperPps: upper?.pps ?? null,
  };
}

function mpps(pps: number): string {
  return `${(pps / 1e6).toFixed(2)} Mpps`;
}

function checkGoal({ minPps, maxPps, resolutionRatio }: SearchGoal): void {
  if (!(minPps > 0 && minPps <= maxPps && Number.isFinite(maxPps))) {
    throw new RangeError(`expected 0 < minPps <= maxPps; got ${minPps} and ${maxPps}`);
  }
  if (!(resolutionRatio > 0 && resolutionRatio < 1)) {
    throw new RangeError(`resolutionRatio: expected a ratio between 0 and 1; got ${resolutionRatio}`);
  }
}
