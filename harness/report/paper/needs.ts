import { z } from 'zod';
import { dataplaneNames } from '../../profile/plan.ts';
import { profileSchema } from '../../profile/schema.ts';

/** What a figure needs of this program: a data plane, or a key of a profile and where it matters one of its values. */
export type Need =
  | { readonly dataplane: string; readonly what: string }
  | { readonly profileKey: string; readonly what: string };

/** What profiles can say, as the program is now: not what somebody once wrote down of it. */
export interface Abilities {
  readonly dataplanes: readonly string[];
  readonly profileKeys: readonly string[];
}

export const abilities: Abilities = {
  dataplanes: dataplaneNames,
  profileKeys: Object.keys(
    z.toJSONSchema(profileSchema, { io: 'input', unrepresentable: 'any' }).properties ?? {},
  ),
};

/** Why a figure cannot be measured by this program, in a sentence; null where it can. */
export function unmet(needs: readonly Need[], able: Abilities = abilities): string | null {
  const missing = needs.filter((need) =>
    'dataplane' in need
      ? !able.dataplanes.includes(need.dataplane)
      : !able.profileKeys.includes(need.profileKey),
  );
  if (missing.length === 0) return null;
  const parts = missing.map((need) =>
    'dataplane' in need
      ? `${need.what} (a data plane ${need.dataplane})`
      : `${need.what} (a profile key ${need.profileKey})`,
  );
  return `This program lacks ${parts.join(' and ')}.`;
}
