import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import type { Offer } from '../context.ts';
import type { Found } from './found.ts';
import { countReceived } from './mrr.ts';
import { search } from './search.ts';
import { countUnpaced } from './unpaced.ts';

/**
 * The cell's throughput by its method: `mrr` counts what comes back of a full wire, every other one is a search with goals of its
 * own (profile/presets.ts): `rfc2544` for the highest load without loss, confirmed, `quick` without a confirmation. On an unpaced wire there is no load to search for: a full wire holds
 * the generator back, and what comes back is the throughput.
 */
export function findThroughput(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
  if (profile.lineRateBps === 0) return countUnpaced(cell, profile, offer);
  return cell.method === 'mrr' ? countReceived(cell, profile, offer) : search(cell, profile, offer);
}
