import { expect, test } from 'vitest';
import { presetNames, presetOf, type PresetName } from '../profile/presets.ts';
import { systemKinds, type SystemKind } from '../search/simulated.ts';
import { benchSearch } from './search.ts';

/**
 * How many trials 95 % of the searches may take. The least a device with a cliff can be found with: the wire's rate, just below what
 * it forwards then, just above. `rfc2544` offers the load found once more; `tst009` repeats the loss instead. Of 21 trials in sum,
 * 11 decide a load: the least is the wire's rate and 11 at each bound.
 */
const budgets: Record<SystemKind, Record<PresetName, number>> = {
  cliff: { rfc2544: 4, tst009: 4, 'csit-ndr': 23, 'csit-pdr': 23, quick: 3 },
  // A load near the cliff is lossy in one trial and not in the next: it takes up to 21 to know, and a load further down 11 more.
  'noisy cliff': { rfc2544: 6, tst009: 8, 'csit-ndr': 49, 'csit-pdr': 46, quick: 5 },
  // What it forwards says little of where it begins to lose, until two lossy loads are known; slight loss must be seen three times.
  gradual: { rfc2544: 18, tst009: 12, 'csit-ndr': 34, 'csit-pdr': 34, quick: 17 },
  // The wire's rate sends the search far too low, and it comes back in growing steps.
  collapsing: { rfc2544: 13, tst009: 13, 'csit-ndr': 33, 'csit-pdr': 33, quick: 12 },
  // It changes under the search: what passed must be found again.
  bistable: { rfc2544: 11, tst009: 16, 'csit-ndr': 170, 'csit-pdr': 170, quick: 9 },
  // Slower than the searches with few trials; those with many have to follow it downwards.
  drifting: { rfc2544: 4, tst009: 4, 'csit-ndr': 74, 'csit-pdr': 74, quick: 3 },
  // As a cliff, and one trial of four to be seen again.
  'a packet a second': { rfc2544: 5, tst009: 4, 'csit-ndr': 26, 'csit-pdr': 23, quick: 3 },
  // The load that cannot be offered is tried 7 times, and what was offered instead is shown by that, but for CSIT's 11 trials.
  'generator-limited': { rfc2544: 7, tst009: 7, 'csit-ndr': 11, 'csit-pdr': 11, quick: 7 },
  // As a cliff, every second trial at the lower bound repeated.
  disturbed: { rfc2544: 9, tst009: 7, 'csit-ndr': 44, 'csit-pdr': 23, quick: 6 },
};

test('each search keeps to its budget, and is right', async () => {
  const rows = await benchSearch(40 * systemKinds.length);
  const rowOf = (search: string, kind: SystemKind) => {
    const row = rows.find((row) => row.search === search && row.kind === kind);
    if (!row) throw new Error(`no row for ${search}, ${kind}`);
    return row;
  };
  expect(rows).toHaveLength((presetNames.length + 1) * systemKinds.length);
  for (const kind of systemKinds) {
    for (const name of presetNames) {
      const { trials, seconds, errorRatio, wrong } = rowOf(name, kind);
      const where = `${name}, ${kind}`;
      expect(trials.p95, where).toBeLessThanOrEqual(budgets[kind][name]);
      expect(seconds.median, where).toBeCloseTo(trials.median / 4);
      expect(wrong, where).toBe(0);
      // Half a percent beside the width, since some move in the meantime.
      const errorMax = presetOf(name).widthRatio + 0.005;
      if (kind !== 'bistable') expect(errorRatio?.p95, where).toBeLessThanOrEqual(errorMax);
    }
    expect(rowOf('quick', kind).trials.median, kind).toBeLessThanOrEqual(
      rowOf('bisection', kind).trials.median,
    );
  }
  const total = (search: string) =>
    systemKinds.reduce((sum, kind) => sum + rowOf(search, kind).trials.median, 0);
  expect(total('quick')).toBeLessThan(0.5 * total('bisection'));
});

test('a bench of nothing has no rows', async () => {
  expect(await benchSearch(0)).toEqual([]);
});
