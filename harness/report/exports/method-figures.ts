import type { MethodFigures, Repeats, ScalingFigures } from '../../model/figures.ts';
import type { CellFigure } from './cell-figure.ts';

/** What a method found besides a throughput, a figure a row. */
export function methodFigures(figures: MethodFigures): CellFigure[] {
  switch (figures.method) {
    case 'mrr':
      return repeated('receivedPps', 'pps', figures.receivedPps, figures.summary);
    case 'back-to-back': {
      const { bursts, summary, maxTheoreticalPps, limitFrames, buffer } = figures;
      return [
        ...repeated('burstFrames', 'frames', bursts, summary),
        { figure: 'maxTheoreticalPps', value: maxTheoreticalPps, unit: 'pps' },
        { figure: 'limitFrames', value: limitFrames, unit: 'frames' },
        { figure: 'bufferImpliedNs', value: buffer?.impliedNs ?? null, unit: 'ns' },
        { figure: 'bufferCorrectedNs', value: buffer?.correctedNs ?? null, unit: 'ns' },
      ];
    }
    case 'frame-loss':
      return figures.points.flatMap(({ loadPercent, verdict, ...point }) =>
        [
          { figure: 'intendedPps', value: point.intendedPps, unit: 'pps' },
          { figure: 'offeredPps', value: point.offeredPps, unit: 'pps' },
          { figure: 'receivedPps', value: point.receivedPps, unit: 'pps' },
          { figure: 'lossRatio', value: point.lossRatio, unit: 'ratio' },
          { figure: 'lossOutsideGapsRatio', value: point.lossOutsideGapsRatio, unit: 'ratio' },
        ].map((figure) => ({ ...figure, loadPercent, verdict })),
      );
    case 'soak':
      return [
        { figure: 'intendedPps', value: figures.intendedPps, unit: 'pps' },
        { figure: 'durationNs', value: figures.durationNs, unit: 'ns' },
        { figure: 'soakSent', value: figures.sent, unit: 'packets' },
        { figure: 'soakLost', value: figures.lost, unit: 'packets' },
        { figure: 'lostInGaps', value: figures.lostInGaps, unit: 'packets' },
        { figure: 'longestLossFreeNs', value: figures.longestLossFreeNs, unit: 'ns' },
        { figure: 'firstHalfLossRatio', value: figures.firstHalfLossRatio, unit: 'ratio' },
        { figure: 'secondHalfLossRatio', value: figures.secondHalfLossRatio, unit: 'ratio' },
        { figure: 'confidence', value: figures.confidence, unit: 'ratio' },
        { figure: 'lossRatioBelow', value: figures.lossRatioBelow, unit: 'ratio' },
        { figure: 'lossySecondsRatioBelow', value: figures.lossySecondsRatioBelow, unit: 'ratio' },
        ...each('lostInSecond', 'packets', figures.lostBySecond),
      ];
    case 'recovery':
      return [
        { figure: 'overloadPps', value: figures.overloadPps, unit: 'pps' },
        { figure: 'reducedPps', value: figures.reducedPps, unit: 'pps' },
        ...repeated('recoveryNs', 'ns', figures.recoveryNs, figures.summary),
        ...each('lostAfterReduction', 'packets', figures.lostAfterReduction),
        ...each('overloadLossRatio', 'ratio', figures.overloadLossRatio),
      ];
    case 'reset':
      return [
        { figure: 'resetOfferedPps', value: figures.offeredPps, unit: 'pps', part: figures.target },
        ...repeated('frameLossNs', 'ns', figures.frameLossNs, figures.summary),
        ...each('timestampNs', 'ns', figures.timestampNs),
        ...each('restartNs', 'ns', figures.restartNs),
        ...each('lostInOutage', 'packets', figures.lostInOutage),
        ...each('lostApart', 'packets', figures.lostApart),
      ];
    case 'scaling':
      return scaled(figures);
  }
}

/** Each repetition, then what they come to: those rows have no repetition, and the name of the statistic as their part. */
function repeated(figure: string, unit: string, values: readonly number[], summary: Repeats): CellFigure[] {
  return [...each(figure, unit, values), ...statistics(figure, unit, summary)];
}

function statistics(figure: string, unit: string, { mean, min, max, stdev }: Repeats): CellFigure[] {
  return Object.entries({ mean, min, max, stdev }).map(([part, value]) => ({ figure, value, unit, part }));
}

function each(figure: string, unit: string, values: readonly (number | null)[]): CellFigure[] {
  return values.map((value, i) => ({ figure, value, unit, repetition: i + 1 }));
}

/** What each instance took, interval by interval, is a curve and stays in run.json. */
function scaled(figures: ScalingFigures): CellFigure[] {
  const { service, offeredPps, steps, sent, lost, lostInGaps, duplicates, reordered, summary } = figures;
  return [
    { figure: 'scalingOfferedPps', value: offeredPps, unit: 'pps', part: service },
    ...steps.flatMap(({ step, tookNs, lost: lostIn }) =>
      [...each('stepNs', 'ns', tookNs), ...each('lostInStep', 'packets', lostIn)].map((figure) => ({
        ...figure,
        part: step,
      })),
    ),
    ...statistics('stepNs', 'ns', summary),
    ...each('scalingSent', 'packets', sent),
    ...each('scalingLost', 'packets', lost),
    ...each('lostInGaps', 'packets', lostInGaps),
    ...each('scalingDuplicates', 'packets', duplicates),
    ...each('scalingReordered', 'packets', reordered),
  ];
}
