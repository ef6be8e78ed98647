import type { Better } from '../model/series.ts';
import { signedRankInterval, walshAverages } from '../stats/signed-rank.ts';
import { deviation, median } from '../stats/summary.ts';
import { planLooks } from './looks.ts';
import type { Look } from './looks.ts';
import type { Confirmation } from './suspicion.ts';

/** What one round measured of both sides. Both above 0, in the same unit. */
export interface Pair {
  readonly before: number;
  readonly after: number;
}

export interface ConfirmRule {
  readonly better: Better;
  /** What is suspected; a change to the other side of `floor` confirms nothing. */
  readonly kind: 'regression' | 'improvement';
  /** A change of this share or less counts for nothing: above 0, below 1. */
  readonly floor: number;
  readonly roundsMax: number;
  /** Probability of a false confirmation, of all looks together: above 0, below 0.5. */
  readonly alpha: number;
}

export interface Confirmed {
  readonly confirmation: Confirmation;
  /** False where more rounds are allowed and may still decide. */
  readonly isFinal: boolean;
  /** The rounds that decided, or all there were. */
  readonly rounds: number;
  /** Standard deviation of one measurement, as a share of it, as the pairs tell it; 0 for fewer than two. */
  readonly noise: number;
}

/** Of a gate without any change beyond its floor: so many are red, at most. */
export const falseConfirmationsMax = 0.01;

/**
 * Whether interleaved reruns confirm a change, in the order of the rounds. Looked at are the logarithms of the ratios after / before, one a round, by Hodges and
 * Lehmann's estimate and interval (stats/signed-rank.ts) at planned looks (looks.ts). A pair is measured within a short time, so what the machine does to both sides cancels;
 * what it does to one of them it does as often to the other, whatever it is. So the ratios are symmetric about the true one, and that is all that the method needs.
 */
export function confirm(pairs: readonly Pair[], rule: ConfirmRule): Confirmed {
  checkRule(rule);
  const logs = pairs.map(({ before, after }, i) => {
    if (!(before > 0 && after > 0 && Number.isFinite(before) && Number.isFinite(after))) {
      throw new RangeError(
        `round ${i + 1}: expected two figures above 0, got ${before} and ${after}: a failed round is none`,
      );
    }
    return Math.log(after / before);
  });
  const noise = deviation(logs) / Math.SQRT2;
  let interval: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let seen = 0;
  for (const look of planLooks(rule.roundsMax, rule.alpha)) {
    if (look.pairs > logs.length) break;
    [interval, seen] = [intervalAt(logs, look), look.pairs];
    const outcome = outcomeOf(interval, rule);
    if (outcome === 'undecided') continue;
    return done(outcome, pairs.slice(0, seen), interval, noise, rule);
  }
  return done('undecided', pairs, interval, noise, rule);
}

function intervalAt(logs: readonly number[], { pairs, k }: Look): readonly [number, number] {
  if (k === null) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return signedRankInterval(walshAverages(logs.slice(0, pairs)), k);
}

/** Where the interval of the logarithm of the ratio lies to the floor's. */
export function outcomeOf(
  [low, high]: readonly [number, number],
  { better, kind, floor }: Pick<ConfirmRule, 'better' | 'kind' | 'floor'>,
): Confirmation['outcome'] {
  const isFall = (better === 'higher') === (kind === 'regression');
  const edge = Math.log(isFall ? 1 - floor : 1 + floor);
  if (isFall ? high < edge : low > edge) return 'confirmed';
  return (isFall ? low > edge : high < edge) ? 'refuted' : 'undecided';
}

function done(
  outcome: Confirmation['outcome'],
  pairs: readonly Pair[],
  [low, high]: readonly [number, number],
  noise: number,
  rule: ConfirmRule,
): Confirmed {
  const logs = pairs.map(({ before, after }) => Math.log(after / before));
  const confirmation = {
    outcome,
    relativeChange: logs.length === 0 ? 0 : Math.expm1(median([...walshAverages(logs)])),
    interval: [Math.expm1(low), Math.expm1(high)],
    confidence: 1 - 2 * rule.alpha,
    before: pairs.map((pair) => pair.before),
    after: pairs.map((pair) => pair.after),
  } as const;
  const isFinal = outcome !== 'undecided' || pairs.length >= rule.roundsMax;
  const reason = reasonOf(confirmation, noise, isFinal, rule);
  return { confirmation: { ...confirmation, reason }, isFinal, rounds: pairs.length, noise };
}

function reasonOf(
  { outcome, relativeChange, interval: [low, high], before }: Omit<Confirmation, 'reason'>,
  noise: number,
  isFinal: boolean,
  { kind, floor, roundsMax }: ConfirmRule,
): string {
  const rounds = `${before.length} rounds`;
  const change = `${percent(relativeChange)} (${percent(low)} to ${percent(high)})`;
  if (outcome === 'confirmed')
    return `${kind} of ${change}: all of it beyond ${share(floor)}, after ${rounds}.`;
  if (outcome === 'refuted') {
    return `no ${kind} beyond ${share(floor)}: ${change}, after ${rounds}.`;
  }
  if (!isFinal) return `not decided after ${rounds} of ${roundsMax}.`;
  if (high === Number.POSITIVE_INFINITY) return `undecided: ${rounds} are too few to tell anything.`;
  const isNarrow = high - low < 2 * floor;
  if (isNarrow) return `undecided: ${change} is too near to the floor of ${share(floor)}, after ${rounds}.`;
  return `undecided: this machine's noise of ${share(noise)} cannot show ${share(floor)} within ${rounds}.`;
}

function share(value: number): string {
  return `${Number((value * 100).toPrecision(2))} %`;
}

function percent(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value * 100).toFixed(1)} %`;
}

function checkRule({ floor, alpha }: ConfirmRule): void {
  if (!(floor > 0 && floor < 1)) throw new RangeError(`floor: expected above 0 and below 1, got ${floor}`);
  if (!(alpha > 0 && alpha < 0.5))
    throw new RangeError(`alpha: expected above 0 and below 0.5, got ${alpha}`);
}
