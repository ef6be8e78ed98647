import { distanceRatioMax } from '../../model/cores.ts';
import type { ComparedFigure } from '../../model/comparison.ts';
import { isAbsorbed } from '../control.ts';

/** A change that leaves so little, once the control's is taken out, is none of the device's. */
const ownMin = 0.01;

/** Why a difference is the machine's and not the device's; null where nothing speaks for that. `ratio` is B / A. */
export function machinesDoing(ratio: number, a: ComparedFigure, b: ComparedFigure): string | null {
  return (
    moved(ratio, controlRatioOf(a, b)) ??
    (a.coreRoundTripNs === null || b.coreRoundTripNs === null
      ? null
      : apart(a.coreRoundTripNs, b.coreRoundTripNs))
  );
}

/** The generator alone, B / A. */
export function controlRatioOf(a: ComparedFigure, b: ComparedFigure): number | null {
  return a.control === null || b.control === null ? null : b.control / a.control;
}

/** The control did the same, or most of it. */
export function moved(ratio: number, controlRatio: number | null): string | null {
  if (controlRatio === null || !isAbsorbed(ratio - 1, controlRatio - 1, ownMin)) return null;
  return `the generator alone changed ${times(controlRatio)} times as well`;
}

function apart(aNs: number, bNs: number): string | null {
  if (Math.max(aNs, bNs) <= distanceRatioMax * Math.min(aNs, bNs)) return null;
  return `the cores lay ${Math.round(aNs)} ns apart in A and ${Math.round(bNs)} ns in B`;
}

function times(ratio: number): string {
  return ratio.toFixed(2);
}
