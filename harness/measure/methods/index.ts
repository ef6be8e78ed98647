import { backToBack } from './back-to-back.ts';
import type { Found, MethodInput, Offering } from './found.ts';
import { frameLoss } from './frame-loss.ts';
import { countReceived } from './mrr.ts';
import { recovery } from './recovery.ts';
import { offerResets, reset } from './reset.ts';
import { offerScaling, scaling } from './scaling.ts';
import { search } from './search.ts';
import { soak } from './soak.ts';
import { countUnpaced } from './unpaced.ts';

/**
 * Measures a cell by its method: `mrr` counts what comes back of a full wire, `back-to-back` and those below it find what their files
 * say, and every other one is a search with goals of its own (profile/presets.ts). On an unpaced wire there is no load to search for:
 * a full wire holds the generator back, and what comes back is the throughput.
 */
export function measureByMethod(input: MethodInput): Promise<Found> {
  const { cell, profile } = input;
  if (profile.lineRateBps > 0 && cell.method === 'reset') return reset(input);
  return profile.lineRateBps > 0 && cell.method === 'scaling' ? scaling(input) : offerByMethod(input);
}

/** The same, of a reset or a scaling the trials only: where there is no device that could be changed, for an estimate of the time. */
export function offerByMethod(input: Offering): Promise<Found> {
  const { cell, profile, offer } = input;
  if (profile.lineRateBps === 0) return countUnpaced(cell, profile, offer);
  switch (cell.method) {
    case 'mrr':
      return countReceived(cell, profile, offer);
    case 'back-to-back':
      return backToBack(input);
    case 'frame-loss':
      return frameLoss(input);
    case 'soak':
      return soak(input);
    case 'recovery':
      return recovery(input);
    case 'reset':
      return offerResets(input);
    case 'scaling':
      return offerScaling(input);
    default:
      return search(cell, profile, offer);
  }
}
