/** The last good one, and the suspected one. */
export type Side = 'before' | 'after';

/** Before, after, after, before, and so on: a steady drift of the machine cancels over two rounds. */
export function sidesOf(round: number): readonly [Side, Side] {
  return round % 2 === 0 ? ['before', 'after'] : ['after', 'before'];
}
