import { framesOf } from '../../model/frames.ts';
import type {
  BackToBackFigures,
  MethodFigures,
  MrrFigures,
  RecoveryFigures,
  Repeats,
  ResetFigures,
  ScalingFigures,
  ScalingStepName,
  SoakFigures,
} from '../../model/figures.ts';
import type { Section } from '../figure.ts';
import { lostOutside, total } from '../figures.ts';
import { chainLength, chainText, duration, list, mpps, percent, whole } from '../format.ts';
import { notesMax, tableRowsMax } from '../limits.ts';
import { html, type Html, type HtmlValue } from '../markup.ts';
import type { CellRow, RunSource } from '../source.ts';
import { legend } from './legend.ts';
import { methodFigures } from './method-charts.ts';
import { panelsHtml } from './panels.ts';
import { scalingReading } from './scaling-figures.ts';
import { again, headRow, number, scrolling } from './parts.ts';

/** A method's table: what stands in it, and what it says in words. */
interface Shown<F extends MethodFigures> {
  readonly method: F['method'];
  readonly title: string;
  readonly meaning: string;
  readonly columns: readonly string[];
  cells(figures: F): readonly HtmlValue[];
  /** Half a sentence that begins with the data plane's name. */
  reading(figures: F): string;
}

/** Pictures and tables of the methods whose figures are no curve; nothing where a report has none. */
export async function methodSections(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
): Promise<Section[]> {
  return [
    await section(mrr, sources, rows),
    await section(backToBack, sources, rows),
    await section(soak, sources, rows),
    await section(recovery, sources, rows),
    await section(reset, sources, rows),
    await section(scaling, sources, rows),
  ];
}

async function section<F extends MethodFigures>(
  shown: Shown<F>,
  sources: readonly RunSource[],
  rows: readonly CellRow[],
): Promise<Section> {
  const found = rows.flatMap((row) => {
    const { figures } = row.result;
    return figures?.method === shown.method ? [{ row, figures: figures as F }] : [];
  });
  if (found.length === 0) return { html: html``, figures: [] };
  const { figures, leftOut } = await methodFigures(
    shown.method,
    found.map(({ row }) => row),
  );
  const entries = new Map(figures.flatMap((figure) => figure.legend).map((entry) => [entry[1], entry]));
  return {
    figures,
    html: html`<section aria-labelledby="${shown.method}">
      <h2 id="${shown.method}">${shown.title}</h2>
      <p>${shown.meaning}</p>
      ${legend([...entries.values()])}
      ${panelsHtml(
        figures.map((figure) => ({ figure })),
        leftOut,
      )}
      ${scrolling(shown.title, tableOf(shown, found))} ${readingsOf(shown, found)} ${again(sources)}
    </section>`,
  };
}

interface Found<F> {
  readonly row: CellRow;
  readonly figures: F;
}

function tableOf<F extends MethodFigures>(shown: Shown<F>, found: readonly Found<F>[]): Html {
  const more = found.length - tableRowsMax;
  return html`<table>
    <caption>
      ${list([...new Set(found.map(({ figures }) => figures.source))])}${more > 0 && `; ${more} more are in run.json`}
    </caption>
    ${headRow([['Data plane, chain, frame', 'text'], ...shown.columns.map((title) => [title, 'number'] as const), ['Verdict', 'text']])}
    <tbody>
      ${found.slice(0, tableRowsMax).map(
        ({ row, figures }) =>
          html`<tr>
            <th scope="row">
              ${row.series}, ${chainLength(row.result.cell.nfs.length)},
              ${framesOf(row.result.cell).short}<small>${chainText(row.result.cell.nfs)}</small>
            </th>
            ${shown.cells(figures).map(number)}
            <td>
              ${row.result.verdict === 'valid' ? 'valid' : html`<span class="bad">${row.result.verdict}</span>`}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function readingsOf<F extends MethodFigures>(shown: Shown<F>, found: readonly Found<F>[]): Html {
  const valid = found.filter(({ row }) => row.result.verdict === 'valid');
  if (valid.length === 0) return html`<p>No cell of it is valid.</p>`;
  // More than that are no reading but a table.
  return html`${valid
    .slice(0, notesMax)
    .map(
      ({ row, figures }) =>
        html`<p>
          ${row.series}, ${chainLength(row.result.cell.nfs.length)}, ${framesOf(row.result.cell).short}:
          ${shown.reading(figures)}.
        </p>`,
    )}`;
}

const mrr: Shown<MrrFigures> = {
  method: 'mrr',
  title: 'Maximum receive rate',
  meaning: 'What comes back of a full wire in trials of equal length, losses of no account.',
  columns: ['Trials', 'Mean, Mpps', 'Lowest', 'Highest', 'Deviation'],
  cells: ({ summary }) => [
    whole(summary.count),
    ...[summary.mean, summary.min, summary.max, summary.stdev].map(mpps),
  ],
  reading: ({ summary }) =>
    `${mpps(summary.mean)} Mpps come back on average, give or take ${percent(summary.mean === 0 ? 0 : summary.stdev / summary.mean)}`,
};

const backToBack: Shown<BackToBackFigures> = {
  method: 'back-to-back',
  title: 'Back-to-back frames',
  meaning:
    'The longest burst at the rate of the wire of which no frame was lost. The buffer time that it implies is corrected by what the ' +
    'device forwarded meanwhile, its throughput.',
  columns: [
    'Repetitions',
    'Mean, frames',
    'Shortest',
    'Longest',
    'Deviation',
    'Implied buffer',
    'Corrected buffer',
  ],
  cells: ({ summary, buffer }) => [
    whole(summary.count),
    ...[summary.mean, summary.min, summary.max, summary.stdev].map(whole),
    buffer === null ? '–' : duration(buffer.impliedNs),
    buffer === null ? '–' : duration(buffer.correctedNs),
  ],
  reading: ({ buffer, limitFrames, summary }) =>
    buffer === null
      ? `not one of ${whole(limitFrames)} frames in one burst was lost, so nothing shows of its buffer`
      : `bursts of ${whole(summary.mean)} frames pass, so it buffers for ${duration(buffer.correctedNs)}`,
};

const soak: Shown<SoakFigures> = {
  method: 'soak',
  title: 'Soak',
  meaning:
    'One long trial at a constant load. The bounds are exact and one-sided: of packets as if each were lost on its own, and of seconds ' +
    'with a loss, which holds where losses come in bursts too. What was lost while the machine took a core away is counted apart.',
  columns: [
    'Load, Mpps',
    'Time',
    'Sent',
    'Lost',
    'Lost in gaps',
    'Longest without loss',
    'Loss, first half',
    'Loss, last half',
    'Packets lost below',
    'Seconds with loss below',
  ],
  cells: (figures) => [
    mpps(figures.intendedPps),
    duration(figures.durationNs),
    whole(figures.sent),
    whole(lostOutside(figures)),
    whole(figures.lostInGaps),
    duration(figures.longestLossFreeNs),
    figures.firstHalfLossRatio === null ? 'unknown' : percent(figures.firstHalfLossRatio),
    figures.secondHalfLossRatio === null ? 'unknown' : percent(figures.secondHalfLossRatio),
    percent(figures.lossRatioBelow),
    figures.lossySecondsRatioBelow === null ? 'unknown' : percent(figures.lossySecondsRatioBelow),
  ],
  reading: (figures) =>
    `${whole(lostOutside(figures))} packets were lost in ${duration(figures.durationNs)}; with ${percent(figures.confidence)} confidence the loss ratio is below ${percent(figures.lossRatioBelow)}`,
};

const recovery: Shown<RecoveryFigures> = {
  method: 'recovery',
  title: 'System recovery',
  meaning:
    'The load is reduced while the device is overloaded; the time from then until the last packet is lost. Only an overload that loses packets is one.',
  columns: [
    'Overload, Mpps',
    'For',
    'Then, Mpps',
    'Repetitions',
    'Lost in the overload',
    'Lost afterwards',
    'Mean recovery',
    'Longest',
  ],
  cells: (figures) => [
    mpps(figures.overloadPps),
    duration(figures.overloadDurationMs * 1e6),
    mpps(figures.reducedPps),
    whole(figures.summary.count),
    percent(mean(figures.overloadLossRatio)),
    whole(mean(figures.lostAfterReduction)),
    duration(figures.summary.mean),
    duration(figures.summary.max),
  ],
  reading: ({ summary, overloadLossRatio }) =>
    mean(overloadLossRatio) === 0
      ? 'the wire could not overload it, so there was nothing to recover from'
      : summary.max === 0
        ? 'not a packet was lost after the load was reduced'
        : `${duration(summary.mean)} after the load was reduced the last packet was lost`,
};

const reset: Shown<ResetFigures> = {
  method: 'reset',
  title: 'Reset',
  meaning:
    'A data plane, or an NF of it, is killed while packets flow, started anew and put back to work by the harness. The interruption by the packets lost ' +
    '(frame-loss method) and by the clock (timestamp method); losses apart from the outage do not count.',
  columns: [
    'Killed',
    'Load, Mpps',
    'Repetitions',
    'By frame loss',
    'Shortest to longest',
    'By timestamps',
    'Restart itself',
    'Lost',
    'Lost apart',
  ],
  cells: (figures) => [
    figures.target,
    mpps(figures.offeredPps),
    whole(figures.summary.count),
    duration(figures.summary.mean),
    range(figures.summary),
    duration(mean(figures.timestampNs)),
    duration(mean(figures.restartNs)),
    whole(mean(figures.lostInOutage)),
    whole(mean(figures.lostApart)),
  ],
  reading: ({ target, summary }) => `killing ${target} interrupts forwarding for ${duration(summary.mean)}`,
};

const scaling: Shown<ScalingFigures> = {
  method: 'scaling',
  title: 'Scaling',
  meaning:
    'Under a steady load the first NF of the chain gets one instance more, loses its oldest one, and has its oldest one replaced by a new process. ' +
    'Losses are those of all repetitions, by the books; those of a step are at most so many. Where the device has one core all instances share it, and more of them carry no more: ' +
    'what shows is how they share the packets, and what a step costs. Packets of different flows may overtake each other in different instances, which counts as out of order.',
  columns: [
    'Service',
    'Load, Mpps',
    'Repetitions',
    'Instances',
    'Lost, steady',
    'After scale-out',
    'After scale-in',
    'After replacement',
    'Lost in all',
    'Lost in gaps',
    'Twice',
    'Out of order',
    'Mean step',
    'Shortest to longest',
  ],
  cells: (figures) => [
    figures.service,
    mpps(figures.offeredPps),
    whole(figures.sent.length),
    figures.steps.map(({ instances }) => instances).join(', '),
    ...(['steady', 'scale-out', 'scale-in', 'replace'] as const).map((step) => lostIn(figures, step)),
    ...[figures.lost, figures.lostInGaps, figures.duplicates, figures.reordered].map((counts) =>
      whole(total(counts)),
    ),
    duration(figures.summary.mean),
    range(figures.summary),
  ],
  reading: scalingReading,
};

function lostIn({ steps }: ScalingFigures, step: ScalingStepName): string {
  const found = steps.find((one) => one.step === step);
  return found === undefined ? '–' : whole(total(found.lost));
}

function range({ min, max }: Repeats): string {
  return `${duration(min)} to ${duration(max)}`;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
