import type {
  FigureComparison,
  OverallComparison,
  RunComparison,
  ShowableChange,
} from '../../model/comparison.ts';
import { emulatedMark, wholeName } from '../../model/comparison-words.ts';

/** `-18 % or +22 %`. */
export function changeText(change: ShowableChange | null): string {
  return change === null ? 'none' : `${signed(change.down)} or ${signed(change.up)}`;
}

/** The whole in a sentence or two. */
export function conclusionOf({
  verdict,
  figures,
  overall,
  isOneRun,
}: Pick<RunComparison, 'verdict' | 'figures' | 'overall'> & { readonly isOneRun: boolean }): string {
  const compared = figures.filter((one) => one.verdict !== 'not-compared');
  if (verdict === 'not-compared') return 'Nothing could be compared: no figure is valid on both sides.';
  const machine = figures.filter((one) => one.verdict === 'machine').length;
  const machines =
    machine === 0 ? '' : ` ${count(machine, 'figure')} differ as much as the machine itself does.`;
  if (verdict === 'no-difference')
    return `No difference that this data can show, in ${counted(compared)}; ${leastOf(compared)}.${machines}`;
  const wholes = overall
    .filter((one) => one.verdict === 'different' || one.verdict === 'suspected')
    .map(wholeText);
  const parts = [
    ...wholes,
    ...(['different', 'suspected'] as const).flatMap((one) => {
      const found = compared.filter((figure) => figure.verdict === one);
      const better = found.filter(isBetter).length;
      const how = one === 'different' ? 'differ' : 'are suspected to differ';
      return found.length === 0
        ? []
        : [
            `${found.length} of ${counted(compared)} ${how}: ${better} better, ${found.length - better} worse${emulatedCount(found)}`,
          ];
    }),
  ];
  const doubt = isOneRun
    ? ' One run a side does not say what made them differ: ./netvm gate --against COMMIT measures in turns.'
    : '';
  return `B against A: ${parts.join('; ')}.${machines}${doubt}`;
}

/** B is the better one. */
export function isBetter({ ratio, metric }: Pick<FigureComparison, 'ratio' | 'metric'>): boolean {
  return ratio !== null && (metric.better === 'higher' ? ratio > 1 : ratio < 1);
}

function wholeText({ ratio, verdict, ...rest }: OverallComparison): string {
  const perhaps = verdict === 'suspected' ? ', suspected' : '';
  return `${wholeName(rest).replace(/^[RL]/, (letter) => letter.toLowerCase())} ${signed(ratio - 1)}${perhaps}`;
}

/** The best that it could do. */
function leastOf(figures: readonly FigureComparison[]): string {
  const changes = figures.flatMap(({ showable }) => showable ?? []);
  const [first] = changes.toSorted((a, b) => a.up - b.up);
  if (first === undefined) return 'it could have shown none, whatever its size';
  return `the smallest it could have shown in any of them is ${changeText(first)}`;
}

/** `8 figures (2 of them emulated)`. */
function counted(figures: readonly FigureComparison[]): string {
  return `${count(figures.length, 'figure')}${emulatedCount(figures)}`;
}

function emulatedCount(figures: readonly FigureComparison[]): string {
  const emulated = figures.filter((figure) => emulatedMark(figure) !== '').length;
  return emulated === 0 ? '' : ` (${emulated} of them emulated)`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function signed(share: number): string {
  const percent = Math.abs(share * 100);
  return `${share < 0 ? '-' : '+'}${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}
