import { canonicalJson } from '../model/canonical.ts';
import type { Run } from '../model/run.ts';

/** The parts of a profile that every figure of a run depends on; which cells there are besides changes none of them. */
const ofEveryFigure = ['lineRateBps', 'generator', 'flows', 'method'] as const;

/** Why figures of both runs cannot be compared, by what their profiles say; empty where they can. `keys` are of the profile. */
export function profileDifferences(
  before: Run,
  after: Run,
  keys: readonly string[] = ofEveryFigure,
): string[] {
  return keys.flatMap((key) => differences(key, part(before, key), part(after, key)));
}

function part({ profile }: Run, key: string): unknown {
  return isGroup(profile) && Object.hasOwn(profile, key) ? profile[key] : null;
}

/** By the paths of what differs: `method.trialDurationMs 250 -> 1000`. */
function differences(path: string, a: unknown, b: unknown): string[] {
  if (isGroup(a) && isGroup(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => differences(`${path}.${key}`, a[key] ?? null, b[key] ?? null));
  }
  const [before, after] = [canonicalJson(a ?? null), canonicalJson(b ?? null)];
  return before === after ? [] : [`${path} ${shown(before)} -> ${shown(after)}`];
}

/** A profile comes with its archive: what it says may be long. */
const shownMax = 80;

function shown(text: string): string {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
