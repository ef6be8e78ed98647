import type { CellResult } from './run.ts';

/** The cores lie nearer to each other or further apart by more than this: rates move with that. What no shared cache costs is more, what noise does to the round trip is less. */
export const distanceRatioMax = 2;

/** `the cores lay 55 to 310 ns apart` where a hypervisor moved them meanwhile; else null. */
export function coresApart(results: readonly Pick<CellResult, 'coreRoundTripNs'>[]): string | null {
  const trips = results.flatMap(tripsOf);
  const [least, most] = [Math.min(...trips), Math.max(...trips)];
  if (trips.length === 0 || most <= distanceRatioMax * least) return null;
  return `the cores lay ${Math.round(least)} to ${Math.round(most)} ns apart`;
}

/** Round trips that are known, before and after each cell. */
export function tripsOf({ coreRoundTripNs: trip }: Pick<CellResult, 'coreRoundTripNs'>): number[] {
  return trip === null ? [] : [trip.before, trip.after];
}
