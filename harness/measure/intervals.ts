/** A stretch of time in ns, from the trial's first packet on. */
export interface Interval {
  readonly startNs: number;
  readonly endNs: number;
}

/** The same times, sorted, without overlaps. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const interval of intervals.toSorted((a, b) => a.startNs - b.startNs)) {
    const last = merged.at(-1);
    if (last && interval.startNs <= last.endNs) {
      merged[merged.length - 1] = { startNs: last.startNs, endNs: Math.max(last.endNs, interval.endNs) };
    } else {
      merged.push(interval);
    }
  }
  return merged;
}

export function totalNs(intervals: readonly Interval[]): number {
  return union(intervals).reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0);
}

/** How much of an interval lies in `windows`, which are a union, in ns. */
export function overlapNs({ startNs, endNs }: Interval, windows: readonly Interval[]): number {
  let inside = 0;
  for (let i = firstEndingAfter(windows, startNs); i < windows.length; i++) {
    const window = windows[i];
    if (!window || window.startNs >= endNs) break;
    inside += Math.min(endNs, window.endNs) - Math.max(startNs, window.startNs);
  }
  return inside;
}

/** Whether a moment, or any of an interval, lies in `windows`, which are a union. */
export function touches({ startNs, endNs }: Interval, windows: readonly Interval[]): boolean {
  const window = windows[firstEndingAfter(windows, startNs - 1)];
  return window !== undefined && window.startNs <= endNs && window.endNs >= startNs;
}

function firstEndingAfter(windows: readonly Interval[], ns: number): number {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle]?.endNs ?? 0) > ns) high = middle;
    else low = middle + 1;
  }
  return low;
}
