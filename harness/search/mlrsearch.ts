import { goalFaults, type SearchGoal } from '../model/goal.ts';
import {
  goalResult,
  mpps,
  type Ending,
  type Findings,
  type GoalResult,
  type SearchVerdict,
} from './goal-result.ts';
import { judge, type Judgement } from './judge.ts';
import type { TrialResult } from './result.ts';
import { firstFocus, follow, targetOf, wanted, type Focus, type Wanted } from './select.ts';
import type { Load, Trial, TrialOutcome } from './trial.ts';

/** Controller Input of RFC 9971. */
export interface SearchInput {
  readonly goals: readonly SearchGoal[];
  /** Min Load and Max Load, packets per second: the lowest worth knowing; the wire's rate, or what else bounds the load. */
  readonly minPps: number;
  readonly maxPps: number;
  /** How often a trial that decided nothing (disturbed, generator-limited, unbalanced) is repeated. */
  readonly maxRepeats: number;
  /** Trials made at most, repeats included; 300 a goal where left out. A bound for devices that never settle. */
  readonly trialsMax?: number;
}

export interface SearchResult<Outcome extends TrialOutcome> {
  /** Of the strictest goal: the one with the lowest Goal Loss Ratio. */
  readonly verdict: SearchVerdict;
  /** One sentence where the verdict is not `valid` or no load passed, else null. */
  readonly reason: string | null;
  /** Load offered in the best trial at the lower bound, packets per second; null where no load passed. */
  readonly throughputPps: number | null;
  readonly best: Outcome | null;
  readonly lowerPps: number | null;
  readonly upperPps: number | null;
  /** Of each goal, in the order of the input. */
  readonly goals: readonly GoalResult<Outcome>[];
  readonly trials: number;
  readonly trialsDisturbed: number;
}

const trialsMaxPerGoal = 300;

/**
 * Multiple Loss Ratio Search after RFC 9971: for each goal the highest load that meets it, and the lowest that does not.
 *
 * The Max Load comes first. What an overloaded device still forwards is near what it can do, so the search goes on from there
 * outwards until the bounds are within the Goal Width (select.ts). Every trial counts for every goal (classify.ts). Of several
 * goals the one whose target wants least time is in focus, and of equals the one that wants the lowest load: bounds found low are
 * not taken back later. What the machine did to a trial is settled before MLRsearch sees it (judge.ts). The search ends early
 * where the result can only be irregular: the Max Load passes, the Min Load fails, or an NF dies.
 *
 * Throws RangeError for input that makes no sense, before a packet is sent.
 */
export async function mlrsearch<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  input: SearchInput,
): Promise<SearchResult<Outcome>> {
  checkInput(input);
  const tally = { trials: 0, trialsDisturbed: 0 };
  const counted: Trial<Outcome> = async (load: Load) => {
    const outcome = await trial(load);
    tally.trials++;
    if (outcome.verdict === 'disturbed') tally.trialsDisturbed++;
    return outcome;
  };

  const trialsMax = input.trialsMax ?? trialsMaxPerGoal * input.goals.length;
  let findings = nothingFound<Outcome>(input);
  let foci = input.goals.map(firstFocus);
  while (tally.trials < trialsMax) {
    const next = choose(foci, findings);
    if (next === null) return { ...conclude(input, findings, null), ...tally };
    const { index, want, target } = next;
    const { pps } = want;
    const triesMax = Math.min(1 + input.maxRepeats, trialsMax - tally.trials);
    const load = { pps, durationMs: target.finalTrialDurationMs };
    const judgement = await judge(counted, load, target, triesMax);
    if (judgement.kind === 'void') return { ...conclude(input, findings, voided(judgement, pps)), ...tally };
    findings = learn(findings, pps, target, judgement);
    const { loads, limits } = findings;
    foci = foci.map((focus, i) => (i === index ? follow(focus, want, loads, limits) : focus));
  }
  return { ...conclude(input, findings, unsettled(tally.trials)), ...tally };
}

function nothingFound<Outcome extends TrialOutcome>({ minPps, maxPps }: SearchInput): Findings<Outcome> {
  return { loads: [], limits: { minPps, maxPps }, limitedAt: null };
}

/** The load that is most worth its time, and which goal wants it; null where all goals are reached. */
function choose<Outcome extends TrialOutcome>(
  foci: readonly Focus[],
  { loads, limits }: Findings<Outcome>,
): { index: number; want: Wanted; target: SearchGoal } | null {
  const all = foci.flatMap((focus, index) => {
    const want = wanted(focus, loads, limits);
    return want ? [{ index, want, target: targetOf(focus, want.stage) }] : [];
  });
  const [first] = all.toSorted(
    (a, b) => a.target.durationSumMs - b.target.durationSumMs || a.want.pps - b.want.pps || a.index - b.index,
  );
  return first ?? null;
}

function learn<Outcome extends TrialOutcome>(
  findings: Findings<Outcome>,
  pps: number,
  { widthRatio }: SearchGoal,
  judgement: Exclude<Judgement<Outcome>, { kind: 'void' }>,
): Findings<Outcome> {
  if (judgement.kind === 'decided') return withResult(findings, pps, judgement.result);
  if (judgement.kind === 'too-disturbed') {
    const { loads, known } = apart(findings, pps);
    return { ...findings, loads: [...loads, { ...known, tooDisturbed: judgement.outcome }] };
  }
  // What it could not offer it will not offer a little below either: what it did offer is the Max Load from now on.
  const { shown, outcome } = judgement;
  const { offeredPps } = outcome;
  const maxPps = shown?.pps ?? (offeredPps < pps ? offeredPps : pps * (1 - widthRatio));
  const next = { ...findings, limits: { ...findings.limits, maxPps }, limitedAt: { pps, offeredPps } };
  return shown && maxPps >= next.limits.minPps ? withResult(next, maxPps, shown.result) : next;
}

function withResult<Outcome extends TrialOutcome>(
  findings: Findings<Outcome>,
  pps: number,
  result: TrialResult<Outcome>,
): Findings<Outcome> {
  const { loads, known } = apart(findings, pps);
  return { ...findings, loads: [...loads, { ...known, results: [...known.results, result] }] };
}

/** What is known of a load, and the other loads. */
function apart<Outcome extends TrialOutcome>({ loads }: Findings<Outcome>, pps: number) {
  const known = loads.find((load) => load.pps === pps) ?? { pps, results: [], tooDisturbed: null };
  return { loads: loads.filter((load) => load !== known), known };
}

function conclude<Outcome extends TrialOutcome>(
  { goals }: SearchInput,
  findings: Findings<Outcome>,
  ending: Ending | null,
): Omit<SearchResult<Outcome>, 'trials' | 'trialsDisturbed'> {
  const results = goals.map((goal) => goalResult(goal, findings, ending));
  const [strictest] = results.toSorted((a, b) => a.goal.lossRatio - b.goal.lossRatio);
  if (!strictest) throw new RangeError('goals: expected one or more');
  const { verdict, reason, best, relevantLowerPps, relevantUpperPps } = strictest;
  return {
    verdict,
    // That the wire's rate passed is no fault.
    reason: verdict === 'valid' && best !== null ? null : reason,
    throughputPps: best?.offeredPps ?? null,
    best,
    lowerPps: relevantLowerPps,
    upperPps: relevantUpperPps,
    goals: results,
  };
}

/** The search ended before its bounds met: what was found is a lower bound only. */
function voided<Outcome extends TrialOutcome>(
  { verdict, outcome }: Extract<Judgement<Outcome>, { kind: 'void' }>,
  pps: number,
): Ending {
  return { verdict, reason: outcome.reason ?? `A trial at ${mpps(pps)} was ${verdict}.` };
}

function unsettled(trials: number): Ending {
  const reason = `The same loads passed and failed in turn: after ${trials} trials the bounds had not met.`;
  return { verdict: 'disturbed', reason };
}

function checkInput({ goals, minPps, maxPps }: SearchInput): void {
  if (goals.length === 0) throw new RangeError('goals: expected one or more');
  if (!(minPps > 0 && minPps <= maxPps && Number.isFinite(maxPps))) {
    throw new RangeError(`expected 0 < minPps <= maxPps; got ${minPps} and ${maxPps}`);
  }
  const fault = goals.flatMap(goalFaults)[0];
  if (fault) throw new RangeError(`${fault.key}: ${fault.rule}`);
}
