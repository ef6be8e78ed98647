import { z } from 'zod';
import type { MethodFigures } from '../model/figures.ts';

const count = z.int().nonnegative();
const rate = z.number().nonnegative();
const ratio = z.number().min(0).max(1);
const source = z.string();

const repeats = z.object({ count, mean: rate, min: rate, max: rate, stdev: rate });

const mrr = z.object({ method: z.literal('mrr'), source, receivedPps: z.array(rate), summary: repeats });

const backToBack = z.object({
  method: z.literal('back-to-back'),
  source,
  maxTheoreticalPps: rate,
  bursts: z.array(count),
  summary: repeats,
  buffer: z.object({ impliedNs: rate, correctedNs: z.number(), throughputPps: rate }).nullable(),
  limitFrames: count,
});

const frameLoss = z.object({
  method: z.literal('frame-loss'),
  source,
  points: z.array(
    z.object({
      loadPercent: z.number().min(0).max(100),
      intendedPps: rate,
      offeredPps: rate,
      receivedPps: rate,
      lossRatio: z.number().max(1),
      lossOutsideGapsRatio: ratio,
      verdict: z.enum(['valid', 'generator-limited', 'disturbed']),
    }),
  ),
});

const soak = z.object({
  method: z.literal('soak'),
  source,
  intendedPps: rate,
  durationNs: rate,
  sent: count,
  lost: z.int(),
  lostInGaps: rate,
  lostBySecond: z.array(rate.nullable()),
  longestLossFreeNs: rate,
  firstHalfLossRatio: rate.nullable(),
  secondHalfLossRatio: rate.nullable(),
  confidence: ratio,
  lossRatioBelow: ratio,
  lossySecondsRatioBelow: ratio.nullable(),
});

const recovery = z.object({
  method: z.literal('recovery'),
  source,
  overloadPps: rate,
  overloadDurationMs: rate,
  reducedPps: rate,
  recoveryNs: z.array(rate),
  lostAfterReduction: z.array(count),
  overloadLossRatio: z.array(ratio),
  summary: repeats,
});

const reset = z.object({
  method: z.literal('reset'),
  source,
  target: z.string(),
  offeredPps: rate,
  frameLossNs: z.array(rate),
  timestampNs: z.array(rate),
  restartNs: z.array(rate),
  lostInOutage: z.array(count),
  lostApart: z.array(count),
  summary: repeats,
});

const scaling = z.object({
  method: z.literal('scaling'),
  source,
  service: z.string(),
  offeredPps: rate,
  steps: z.array(
    z.object({
      step: z.enum(['steady', 'scale-out', 'scale-in', 'replace']),
      instances: count,
      atNs: z.array(rate),
      tookNs: z.array(rate),
      lost: z.array(count),
    }),
  ),
  intervalNs: rate,
  instances: z.array(z.object({ name: z.string(), receivedPps: z.array(z.array(rate.nullable())) })),
  sent: z.array(count),
  lost: z.array(count),
  lostInGaps: z.array(count),
  duplicates: z.array(count),
  reordered: z.array(count),
  summary: repeats,
});

/** `CellResult.figures`, told apart by its method. */
export const methodFigures = z.discriminatedUnion('method', [
  mrr,
  backToBack,
  frameLoss,
  soak,
  recovery,
  reset,
  scaling,
]) satisfies z.ZodType<MethodFigures>;
