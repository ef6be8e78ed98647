import type { SearchGoal } from '../model/goal.ts';
import { presetGoals, presetOf, type PresetName } from '../profile/presets.ts';
import { mlrsearch, type SearchInput } from './mlrsearch.ts';
import type { Trial } from './trial.ts';

/** The goal of a preset with trials of 250 ms. */
export function preset(name: PresetName, changes: Partial<SearchGoal> = {}): SearchGoal {
  const { widthRatio } = presetOf(name);
  const [goal] = presetGoals(name, { trialDurationMs: 250, widthRatio, lossRatio: 0 });
  if (!goal) throw new Error(`${name} has no goal`);
  return { ...goal, ...changes };
}

/** No loss, no trial excused, and the load found is offered twice; and the same without that. */
export const confirmed = preset('rfc2544');
export const once = preset('quick');

export const input = { goals: [confirmed], minPps: 10_000, maxPps: 14_880_952, maxRepeats: 6 };

export function search(device: Trial, changes: Partial<SearchInput> = {}) {
  return mlrsearch(device, { ...input, ...changes });
}
