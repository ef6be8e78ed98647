import type { FigureComparison, OverallComparison } from './comparison.ts';

/** ` (emulated)`, to stand behind the name of what is; nothing behind that of what was measured. */
export function emulatedMark({ a, b }: Pick<FigureComparison, 'a' | 'b'>): string {
  const [inA, inB] = [a, b].map(({ provenances }) => provenances.includes('emulated'));
  if (inA && inB) return ' (emulated)';
  return inA ? ' (emulated in A)' : inB ? ' (emulated in B)' : '';
}

/** `Rates of 3 emulated cells together`. */
export function wholeName({
  kind,
  cells,
  provenance,
}: Pick<OverallComparison, 'kind' | 'cells' | 'provenance'>): string {
  const emulated = provenance === 'emulated' ? 'emulated ' : '';
  return `${kind === 'rate' ? 'Rates' : 'Latencies'} of ${cells} ${emulated}cells together`;
}
