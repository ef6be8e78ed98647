/** A series as a small picture: of its newest runs as many as there is room for. */

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** A run without a value. */
const gap = '·';
/** Values that are all nearer to each other than this share are drawn as one level: their noise is no picture. */
const flatShare = 0.01;

/** One character a run, the newest last; the lowest value is the lowest block. */
export function blockSparkline(values: readonly (number | null)[], runsMax: number): string {
  const shown = values.slice(-runsMax);
  const { low, high } = rangeOf(shown);
  return shown
    .map((value) => {
      if (value === null) return gap;
      const share = (value - low) / (high - low);
      return blocks[Math.min(blocks.length - 1, Math.floor(share * blocks.length))] ?? gap;
    })
    .join('');
}

/** Where to draw a value: the range of the values, widened to `flatShare` around their middle. */
export function rangeOf(values: readonly (number | null)[]): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { low: 0, high: 1 };
  const least = (flatShare * (low + high)) / 2;
  const missing = Math.max(0, least - (high - low)) / 2;
  return { low: low - missing, high: high + missing || 1 };
}
