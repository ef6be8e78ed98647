import { lineRatePps, meanFrameBytes } from '../../model/units.ts';
import { ownOf } from '../../profile/own-settings.ts';
import { lossCurve } from '../../search/loss-curve.ts';
import type { Found, Offering } from './found.ts';
import { worst } from './found.ts';

export const source = 'RFC 2544 section 26.3';

/** Frame loss rate (RFC 2544 section 26.3): loss by load, from the wire's rate down to two loads without loss. */
export async function frameLoss({ cell, profile, offer }: Offering): Promise<Found> {
  const { trialDurationMs, maxRepeats, own } = profile.method;
  const { points, best, ended } = await lossCurve((load) => offer(load, 'frame-loss'), {
    maxPps: lineRatePps(profile.lineRateBps, meanFrameBytes(cell)),
    stepRatio: ownOf(own, 'frame-loss').stepRatio,
    durationMs: trialDurationMs,
    maxRepeats,
  });
  const verdict = ended === null ? judge(points) : worst([ended]);
  return {
    ...verdict,
    throughput: null,
    best: best ?? ended,
    figures: { method: 'frame-loss', source, points },
  };
}

function judge(
  points: readonly {
    readonly loadPercent: number;
    readonly verdict: 'valid' | 'disturbed' | 'generator-limited';
  }[],
) {
  return worst(
    points.map(({ loadPercent, verdict }) => ({
      verdict,
      reason:
        verdict === 'valid' ? null : `The trials at ${loadPercent} % of the wire's rate were all ${verdict}.`,
    })),
  );
}
