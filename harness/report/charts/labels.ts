/** A label that wants to stand at `y`. */
export interface Wanted {
  readonly y: number;
}

/**
 * Moves labels of one column apart until none is nearer to the next than `gap`, within 0 to `max`, in their order.
 * Without it the ends of lines that meet would write over each other.
 */
export function spread<T extends Wanted>(labels: readonly T[], gap: number, max: number): T[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  const placed: T[] = [];
  let floor = 0;
  for (const label of sorted) {
    const y = Math.max(label.y, floor);
    placed.push({ ...label, y });
    floor = y + gap;
  }
  let ceiling = max;
  return placed
    .reverse()
    .map((label) => {
      const y = Math.min(label.y, ceiling);
      ceiling = y - gap;
      return { ...label, y };
    })
    .reverse();
}
