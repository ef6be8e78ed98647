import type {
  ComparisonVerdict,
  FigureComparison,
  OverallComparison,
  RunComparison,
} from '../../model/comparison.ts';
import type { RunData } from '../repeats.ts';
import { candidateOf, knowledgeOf } from './figure.ts';
import type { Candidate } from './figure.ts';
import { gather } from './gather.ts';
import { changeOf, isOff } from './interval.ts';
import type { Knowledge } from './interval.ts';
import { machinesDoing } from './machine.ts';
import { overallCandidates } from './overall.ts';
import { changeText, conclusionOf } from './words.ts';

/** Of an interval, and of all verdicts of a comparison together. */
export const confidenceUsual = 0.95;

export type Compared = Pick<
  RunComparison,
  | 'verdict'
  | 'conclusion'
  | 'confidence'
  | 'overall'
  | 'figures'
  | 'onlyInA'
  | 'onlyInB'
  | 'twiceInA'
  | 'twiceInB'
>;

/**
 * Compares two sets of runs cell by cell. Of comparisons without any difference at most 1 - confidence call one different: each figure, and each whole, gets an equal part of that error (Bonferroni).
 * What a figure is judged by: several runs a side, by how runs differ; one run a side, by how the other figures of the two runs do, which makes it suspected at most: an
 * outlier looks no other. A difference that the generator alone shows too, or that comes
 * with cores that lie elsewhere, is the machine's. Each side has a run at least.
 */
export function compare(
  a: readonly RunData[],
  b: readonly RunData[],
  confidence: number = confidenceUsual,
): Compared {
  const { pairings, ...apart } = gather(a, b);
  const candidates = pairings.map(candidateOf);
  const wholes = overallCandidates(candidates, confidence);
  const tests = candidates.filter(({ refusal }) => refusal === null).length + wholes.length;
  const alpha = (1 - confidence) / Math.max(1, tests);
  const figures = candidates.map((candidate) =>
    figureOf(candidate, candidates, { confidence, alpha, tests }),
  );
  const overall = wholes.map(({ knowledge, machine, ...rest }): OverallComparison => {
    const found = judge(knowledge, { alpha, tests }, () => machine);
    return { ...rest, ...found, interval: knowledge.interval, showable: changeOf(knowledge.showable(alpha)) };
  });
  const all = [...figures, ...overall].map(({ verdict }) => verdict);
  const verdict =
    (['different', 'suspected'] as const).find((one) => all.includes(one)) ??
    (all.every((one) => one === 'not-compared') ? 'not-compared' : 'no-difference');
  const isOneRun = a.length + b.length === 2;
  const conclusion = conclusionOf({ verdict, figures, overall, isOneRun });
  return { verdict, conclusion, confidence, overall, figures, ...apart };
}

interface Error {
  readonly alpha: number;
  readonly tests: number;
}

function figureOf(
  candidate: Candidate,
  all: readonly Candidate[],
  { confidence, ...error }: Error & { readonly confidence: number },
): FigureComparison {
  const { pairing, a, b, ratio, controlRatio, effect, refusal } = candidate;
  const { cell, metric } = pairing;
  const base = { cell, metric, a, b, ratio, controlRatio, effect };
  if (refusal !== null)
    return { ...base, verdict: 'not-compared', reason: refusal, interval: null, showable: null };
  const knowledge = knowledgeOf(candidate, all, confidence);
  const found = judge(knowledge, error, () => machinesDoing(ratio ?? 1, a, b));
  return {
    ...base,
    ...found,
    interval: knowledge.interval,
    showable: changeOf(knowledge.showable(error.alpha)),
  };
}

function judge(
  { interval, differs, isOwn, showable, isSuspicion }: Knowledge,
  { alpha, tests }: Error,
  machine: () => string | null,
): { readonly verdict: ComparisonVerdict; readonly reason: string } {
  if (differs(alpha)) {
    const why = machine() ?? (isOwn(alpha) ? null : 'no more than the generator alone changed');
    if (why !== null) return { verdict: 'machine', reason: `different, but ${why}.` };
    const restsOn = interval?.restsOn ?? 'what there is';
    return isSuspicion
      ? {
          verdict: 'suspected',
          reason: `suspected: different, by ${restsOn}; one run a side cannot tell a change from what else befell a run.`,
        }
      : { verdict: 'different', reason: `different, by ${restsOn}.` };
  }
  const least = showable(alpha);
  const none = 'no difference that this data can show';
  if (least === null) {
    const why = interval?.restsOn ?? 'one value a side, and too few other cells to say how runs differ';
    return { verdict: 'no-difference', reason: `${none}, and it could have shown none: ${why}.` };
  }
  const chance =
    interval !== null && interval.confidence !== null && isOff(interval)
      ? ` (its interval leaves out 1, as that of 1 in ${Math.round(1 / (1 - interval.confidence))} does by chance; of ${tests} it is no evidence)`
      : '';
  return {
    verdict: 'no-difference',
    reason: `${none}; it would have shown ${changeText(changeOf(least))}${chance}.`,
  };
}
