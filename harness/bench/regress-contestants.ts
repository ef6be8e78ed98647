import { controlShift, isAbsorbed } from '../regress/control.ts';
import { detect } from '../regress/detect.ts';
import { changesBy, methodNames } from '../regress/methods.ts';
import type { MethodName } from '../regress/methods.ts';
import type { Series } from '../regress/series.ts';
import { median } from '../stats/summary.ts';
import type { Detector } from './regress-scoreboard.ts';

/** The least change that counts, for all: the default of `./netvm detect`. */
export const minChange = 0.01;

export interface Contestant {
  readonly name: string;
  readonly detector: Detector;
}

/**
 * The ensemble, and each of its methods alone: with the same floor, the same least length of a level and the same control, but without votes, outliers set aside and what
 * else must speak for a change. Those that take a probability compete with the one of their publication (0.001) and with stricter ones.
 */
export function contestants(): Contestant[] {
  return [
    { name: 'ensemble', detector: (series) => detect(series, { better: 'higher', minChange }).changes },
    ...methodNames.flatMap((method) => {
      const limits = method === 'description-length' ? [1] : [1e-3, 1e-4, 1e-5];
      return limits.map((pValueMax) => ({
        name: limits.length === 1 ? method : `${method}, p < ${pValueMax}`,
        detector: alone(method, pValueMax),
      }));
    }),
  ];
}

function alone(method: MethodName, pValueMax: number): Detector {
  return ({ values, control }: Series) => {
    const runs = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
    const all = runs.map((run) => run.value);
    const sigmaMin = 0.0005 * median(all);
    const found = changesBy[method](all, { sigmaMin, pValueMax });
    return found.flatMap((at, i) => {
      const [from, to] = [found[i - 1] ?? 0, found[i + 1] ?? all.length];
      const [index, first] = [runs[at]?.index ?? 0, runs[from]?.index ?? 0];
      const end = runs[to]?.index ?? values.length;
      // Medians: an outlier within a level must not count against the method.
      const relativeChange = median(all.slice(at, to)) / median(all.slice(from, at)) - 1;
      if (Math.abs(relativeChange) < minChange) return [];
      const shift = control === undefined ? 0 : controlShift(control, first, index, end);
      return isAbsorbed(relativeChange, shift, minChange) ? [] : [{ index, relativeChange }];
    });
  };
}
