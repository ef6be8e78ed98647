import { goalFaults, type SearchGoal } from '../model/goal.ts';
import type { InputProblem } from '../model/errors.ts';
import type { SourceDocument } from './document.ts';
import { resolveOwn, searchOf, trialMsOf } from './own-settings.ts';
import type { MethodSettings } from './plan.ts';
import { isPreset, presetGoals, presetOf } from './presets.ts';
import type { ProfileInput } from './schema.ts';

type MethodInput = ProfileInput['method'];

/** The profile's `method`, its goals written out. */
export function resolveMethod(method: MethodInput): MethodSettings {
  const own = resolveOwn(method.name, method);
  return {
    name: method.name,
    trialDurationMs: trialMsOf(method),
    resolutionRatio: widthOf(method),
    lossRatio: lossOf(method),
    goals: goalsOf(method),
    minLoadRatio: method.minLoad,
    maxLoadRatio: method.maxLoad,
    maxRepeats: method.maxRepeats,
    drainMs: method.drain,
    ...(own && { own }),
  };
}

/** What is wrong with a `method` whose keys are all well formed: goals that no search can reach, and keys that mean nothing here. */
export function methodProblems(source: SourceDocument, method: MethodInput): InputProblem[] {
  const problem = (path: readonly PropertyKey[], message: string) =>
    source.problem(['method', ...path], `method${path.map(shown).join('')}: ${message}`);
  const problems: InputProblem[] = [];
  const isSearch = method.name === 'mlrsearch';
  if (isSearch && method.goals === undefined) {
    problems.push(problem([], 'the key "goals" is missing: mlrsearch searches for the goals it is given'));
  }
  if (!isSearch && method.goals !== undefined) {
    problems.push(problem(['goals'], `${method.name} has goals of its own; goals are for mlrsearch`));
  }
  const own = isPreset(method.name) ? presetOf(method.name).lossRatio : null;
  if (method.loss !== undefined && (own !== null || isSearch)) {
    const whose = isSearch
      ? 'each goal has its own lossRatio'
      : `${method.name} is for ${(own ?? 0) * 100} %`;
    problems.push(problem(['loss'], `${whose}; leave loss out`));
  }
  if (method.minLoad > method.maxLoad) {
    const got = `got ${method.minLoad * 100} % and ${method.maxLoad * 100} %`;
    problems.push(problem(['minLoad'], `the Min Load must not be above the Max Load; ${got}`));
  }
  goalsOf(method).forEach((goal, index) => {
    for (const { key, rule } of goalFaults(goal)) {
      problems.push(problem(isSearch ? ['goals', index, goalKeys[key]] : [presetKeys[key]], rule));
    }
  });
  return problems;
}

function goalsOf(method: MethodInput): SearchGoal[] {
  const widthRatio = widthOf(method);
  const name = searchOf(method);
  const trialDurationMs = trialMsOf(method);
  if (name !== null && isPreset(name)) {
    return presetGoals(name, { trialDurationMs, widthRatio, lossRatio: lossOf(method) });
  }
  if (method.name !== 'mlrsearch') return [];
  return (method.goals ?? []).map((goal) => {
    const finalTrialDurationMs = goal.finalTrialDuration ?? trialDurationMs;
    return {
      lossRatio: goal.lossRatio,
      exceedRatio: goal.exceedRatio,
      initialTrialDurationMs: goal.initialTrialDuration ?? finalTrialDurationMs,
      finalTrialDurationMs,
      durationSumMs: goal.durationSum ?? finalTrialDurationMs,
      widthRatio: goal.width ?? widthRatio,
    };
  });
}

function widthOf({ name, resolution }: MethodInput): number {
  return resolution ?? (isPreset(name) ? presetOf(name).widthRatio : 0.02);
}

function lossOf({ name, loss }: MethodInput): number {
  return loss ?? (isPreset(name) ? presetOf(name).lossRatio : null) ?? 0;
}

/** The profile's keys for a goal's attributes. */
const goalKeys = {
  lossRatio: 'lossRatio',
  exceedRatio: 'exceedRatio',
  widthRatio: 'width',
  initialTrialDurationMs: 'initialTrialDuration',
  finalTrialDurationMs: 'finalTrialDuration',
  durationSumMs: 'durationSum',
} as const satisfies Record<keyof SearchGoal, string>;

/** The profile's keys that set a preset's attributes. */
const presetKeys = {
  lossRatio: 'loss',
  exceedRatio: 'name',
  widthRatio: 'resolution',
  initialTrialDurationMs: 'trialDuration',
  finalTrialDurationMs: 'trialDuration',
  durationSumMs: 'trialDuration',
} as const satisfies Record<keyof SearchGoal, string>;

function shown(part: PropertyKey): string {
  return typeof part === 'number' ? `[${part}]` : `.${String(part)}`;
}
