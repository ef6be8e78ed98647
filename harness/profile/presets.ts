import type { SearchGoal } from '../model/goal.ts';

/** What a preset is scaled by: the profile's `trialDuration`, `resolution` and `loss`. */
export interface PresetScale {
  readonly trialDurationMs: number;
  readonly widthRatio: number;
  readonly lossRatio: number;
}

interface Preset {
  /** Used where the profile does not say. */
  readonly widthRatio: number;
  /** Null where the profile's `loss` sets it. */
  readonly lossRatio: number | null;
  readonly exceedRatio: number;
  /** The Goal Duration Sum in trials of full length. */
  readonly trials: number;
}

/**
 * Searches by name, each one Search Goal of RFC 9971. All trials are as long as the profile's `trialDuration`, and the Goal
 * Duration Sum is a number of them, so that a standard's 60 seconds and a quick look's 250 ms are the same search.
 */
const presets = {
  /**
   * RFC 2544 throughput (section 26.1) as in RFC 9971, "MLRsearch Compliant with RFC 2544": no loss, no trial excused; with trials
   * of 60 s unconditionally so. Stricter than it by one trial: the load found is offered a second time before it counts.
   */
  rfc2544: { widthRatio: 0.02, lossRatio: null, exceedRatio: 0, trials: 2 },
  /**
   * ETSI GS NFV-TST 009, section 12.3.3, binary search with loss verification, max(r) = 2, as in RFC 9971, "MLRsearch Compliant
   * with TST009": a lossy trial is repeated, and the load passes where the second one loses nothing.
   */
  tst009: { widthRatio: 0.02, lossRatio: null, exceedRatio: 0.5, trials: 2 },
  /** FD.io CSIT's non-drop rate (its methodology, "MLR Search"): 21 trials, of 1 s there, of which half may be lossy. */
  'csit-ndr': { widthRatio: 0.005, lossRatio: 0, exceedRatio: 0.5, trials: 21 },
  /** FD.io CSIT's partial drop rate: the same with 0.5 % of loss. */
  'csit-pdr': { widthRatio: 0.005, lossRatio: 0.005, exceedRatio: 0.5, trials: 21 },
  /** RFC 9971's RFC 2544 goal to the letter: each load is decided by one trial, and nothing is confirmed. */
  quick: { widthRatio: 0.02, lossRatio: null, exceedRatio: 0, trials: 1 },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as readonly PresetName[];

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** What the profile may leave out: the preset's own width, and its own loss ratio where it has one. */
export function presetOf(name: PresetName): Preset {
  return presets[name];
}

export function presetGoals(name: PresetName, scale: PresetScale): SearchGoal[] {
  const { trials, exceedRatio, lossRatio } = presetOf(name);
  const { trialDurationMs, widthRatio } = scale;
  return [
    {
      lossRatio: lossRatio ?? scale.lossRatio,
      exceedRatio,
      initialTrialDurationMs: trialDurationMs,
      finalTrialDurationMs: trialDurationMs,
      durationSumMs: trials * trialDurationMs,
      widthRatio,
    },
  ];
}
