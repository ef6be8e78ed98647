import type { Found, Offering } from './found.ts';
import { search } from './search.ts';

/** The cell's throughput (RFC 2544 section 26.1), for a method whose loads are shares of it. Its goals are those of `rfc2544`. */
export function throughputOf({ cell, profile, offer }: Offering): Promise<Found> {
  return search(cell, profile, offer);
}
