import type { SoakFigures } from '../../model/figures.ts';
import { lostOutside } from '../figures.ts';
import { chainLength, chainText, confidenceText, duration, whole } from '../format.ts';
import type { CellRow } from '../source.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';
import { fitText } from './text.ts';

/** A picture has room for so many bars; of a longer trial each bar is the worst second of several. */
const barsMax = 178;

/** Losses of a soak, second by second, and the mean that its bound allows. */
export function soakChart(row: CellRow, figures: SoakFigures, title: string): Promise<Chart> {
  const { lostBySecond, durationNs, lossRatioBelow, confidence, sent } = figures;
  const step = Math.max(1, Math.ceil(lostBySecond.length / barsMax));
  const bars = barsOf(lostBySecond, step);
  const seconds = Math.max(1, durationNs / 1e9);
  const bound = (lossRatioBelow * sent) / seconds;
  const yMax = Math.max(1, bound, ...bars.map(({ lost }) => lost ?? 0)) * 1.3;
  const worst = bars
    .filter((bar) => bar.lost !== null && bar.lost > 0)
    .toSorted((a, b) => (b.lost ?? 0) - (a.lost ?? 0))[0];
  return renderChart('soak', {
    title,
    provenance: provenances([row]),
    shows: `packets lost ${step === 1 ? 'in each second' : `in the worst second of every ${step}`}, outside gaps`,
    uncertainty: `dashed: the mean is below it at ${confidenceText(confidence)} confidence`,
    description: `Packets lost second by second, ${title}`,
    datasets: {
      seconds: bars.flatMap(({ from, to, lost }) =>
        lost === null ? [] : [{ ...look(row), from, to, lost }],
      ),
      unknown: bars.flatMap(({ from, to, lost }) =>
        lost === null ? [{ from, to, label: `second ${from} to ${to}: not known` }] : [],
      ),
      bound: [{ lost: bound, text: fitText(`below ${rateText(bound)} a second`, 300, 11) }],
      worst: worst === undefined ? [] : [worstMark(row, figures, worst)],
    },
    params: { xMax: Math.max(seconds, lostBySecond.length), yMax },
  });
}

interface Bar {
  readonly from: number;
  readonly to: number;
  /** Null where no second of it is known. */
  readonly lost: number | null;
}

function barsOf(lostBySecond: SoakFigures['lostBySecond'], step: number): Bar[] {
  const bars: Bar[] = [];
  for (let from = 0; from < lostBySecond.length; from += step) {
    const known = lostBySecond.slice(from, from + step).filter((lost) => lost !== null);
    bars.push({
      from,
      to: Math.min(from + step, lostBySecond.length),
      lost: known.length === 0 ? null : Math.max(...known),
    });
  }
  return bars;
}

/** The one mark that is read aloud: it says what all bars together say. */
function worstMark(row: CellRow, figures: SoakFigures, { from, to, lost }: Bar): Row {
  const { cell } = row.result;
  return {
    ...look(row),
    from: (from + to) / 2,
    lost,
    label:
      `${row.series}, ${chainLength(cell.nfs.length)} (${chainText(cell.nfs)}): ${whole(lostOutside(figures))} packets lost in ` +
      `${duration(figures.durationNs)}, at most ${whole(lost ?? 0)} in a second`,
  };
}

function rateText(packets: number): string {
  return packets < 10 ? packets.toPrecision(2) : whole(packets);
}
