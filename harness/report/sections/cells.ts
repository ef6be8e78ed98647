import { deploymentWords } from '../../model/cell.ts';
import { pageSizeWords } from '../../model/page-size.ts';
import type { Books, Cell, TrialRecord } from '../../model/run.ts';
import { describeKind } from '../../model/traffic.ts';
import {
  capital,
  chainLength,
  chainText,
  dataplaneLabel,
  gbps,
  mpps,
  percent,
  roundTrip,
  whole,
} from '../format.ts';
import { html, type Html } from '../markup.ts';
import { type CellRow, cellRows, fillsWire, framesIn, isOf, type RunSource } from '../source.ts';
import { deviceFrequency, trustMeaning, trustSentence } from '../trust.ts';
import { coreToCoreMeaning, verdictMeaning } from '../words.ts';
import { again, headRow, number, scrolling } from './parts.ts';

/** Every cell of a run with all that decides how far it can be trusted. */
export function cellsSection(sources: readonly RunSource[], source: RunSource): Html {
  const { results } = source.run;
  const index = sources.indexOf(source) + 1;
  const verdicts = [...new Set(results.map((result) => result.verdict))];
  const rows = cellRows([source]);
  const lossy = lossyTrials(source.trials);
  return html`<section class="cells" aria-labelledby="cells-${index}">
    <h2 id="cells-${index}">Every cell${sources.length > 1 && ` of run ${index}`}</h2>
    <p class="note">
      ${verdicts.map((verdict) => html`<strong>${verdict}</strong>: ${verdictMeaning(verdict)}. `)}Gbit/s
      counts each frame with the 20 bytes that it occupies on a wire besides itself. Cycles are those of the
      device's core, whose frequency stands below core to core, before and after the cell. ${trustMeaning}
      ${coreToCoreMeaning}
    </p>
    ${results.length === 0 ? html`<p>No cell was measured.</p>` : tables(rows, lossy)} ${again([source])}
  </section>`;
}

/** What is not usual of how its NFs run, besides their isolation. */
function wayText(cell: Cell): string {
  const words = deploymentWords({ ...cell, isolation: 'process' });
  return words === null ? '' : `${words}, `;
}

/** Of many cells a table for each kind of frames, folded. */
function tables(rows: readonly CellRow[], lossy: ReadonlyMap<string, TrialRecord>): Html {
  if (rows.length <= cellsUnfoldedMax) return scrolling('Every cell', table(rows, lossy));
  return html`${framesIn(rows).map((frames) => {
    const here = rows.filter((row) => isOf(frames, row));
    const valid = here.filter(({ result }) => result.verdict === 'valid').length;
    const name = `${capital(frames.words)}${frames.traffic === null ? '' : `, ${frames.traffic}`}`;
    return html`<details>
      <summary>${name}: ${here.length} cells, ${valid} of them valid</summary>
      ${scrolling(`Every cell, ${name}`, table(here, lossy))}
    </details>`;
  })}`;
}

const cellsUnfoldedMax = 60;

function table(rows: readonly CellRow[], lossy: ReadonlyMap<string, TrialRecord>): Html {
  return html`<table>
    <caption>
      Loads are those of the trial that set the throughput, in Mpps
    </caption>
    ${headRow([
      ['Data plane, chain, frame', 'text'],
      ['Verdict', 'text'],
      ['Mpps', 'number'],
      ['Gbit/s', 'number'],
      ['Core to core, ns', 'number'],
      ['Intended', 'number'],
      ['Offered', 'number'],
      ['Received', 'number'],
      ['Lost at this load', 'text'],
      ['Lost at the lowest load with loss', 'text'],
      ['Trials', 'number'],
      ['Cycles a packet', 'number'],
    ])}
    <tbody>
      ${rows.map((row) => cellRow(row, lossy))}
    </tbody>
  </table>`;
}

function cellRow(row: CellRow, lossy: ReadonlyMap<string, TrialRecord>): Html {
  const { result } = row;
  const { cell, throughput, loads, cpu } = result;
  // The verdict opens the sentence.
  const rest = trustSentence(result).slice(result.verdict.length);
  const verdict =
    result.verdict === 'valid'
      ? html`valid${rest}`
      : html`<span class="bad">${result.verdict}</span
          >${rest}${result.reason !== null && html`<small>${result.reason}</small>`}`;
  return html`<tr>
    <th scope="row">
      ${dataplaneLabel(cell.dataplane)}, ${chainLength(cell.nfs.length)},
      ${cell.imix === undefined ? `${cell.frameSizeBytes} B` : `${cell.frameSizeBytes} B on average`}<small
        >${chainText(cell.nfs)}</small
      ><small
        >isolation ${cell.isolation},
        ${wayText(cell)}${cell.method}${cell.hugePageSizeBytes !== undefined && `, pages of ${pageSizeWords(cell.hugePageSizeBytes)}`}</small
      >
      ${describeKind(cell) !== null && html`<small>${describeKind(cell)}</small>`}
    </th>
    <td class="verdict">${verdict}<small>${result.provenance}</small></td>
    ${number(throughput === null ? '–' : html`${mpps(throughput.pps)}<small>${boundsText(row)}</small>`)}
    ${number(throughput === null ? '–' : gbps(throughput.gbps))}${number(html`${roundTrip(result.coreRoundTripNs)}<small>${deviceFrequency(result)}</small>`)}
    ${loads === null ? [number('–'), number('–'), number('–')] : [loads.intendedPps, loads.offeredPps, loads.receivedPps].map((pps) => number(mpps(pps)))}
    <td>${result.books === null ? '–' : losses(result.books)}</td>
    <td>${lossesAbove(lossy.get(JSON.stringify(cell)))}</td>
    ${number(html`${result.trials}${result.trialsDisturbed > 0 && html`<small>${result.trialsDisturbed} disturbed</small>`}`)}
    ${number(cpu === null ? '–' : html`${whole(cpu.cyclesPerPacket)}<small>${Math.round(cpu.busyRatio * 100)} % busy</small>`)}
  </tr>`;
}

function boundsText(row: CellRow): string {
  const { throughput } = row.result;
  if (throughput === null) return '';
  if (throughput.upperPps === null) return fillsWire(row) ? 'the wire’s rate' : 'no upper bound';
  return `${mpps(throughput.lowerPps)} to ${mpps(throughput.upperPps)}`;
}

function losses(books: Books): Html {
  const drops = Object.entries(books.drops).filter(([, packets]) => packets > 0);
  const others = [
    ['in flight', books.inFlight],
    ['duplicates', books.duplicates],
    ['reordered', books.reordered],
  ] as const;
  const lines = [...drops, ...others.filter(([, packets]) => packets !== 0)];
  const byCount = books.numbered === false && ', by count';
  if (lines.length === 0) return html`none of ${whole(books.sent)}${byCount}`;
  return html`${lines.map(([name, packets], index) => html`${index > 0 && html`<br />`}<code>${name}</code> ${whole(packets)}`)}<small
      >of ${whole(books.sent)} sent${byCount}</small
    >`;
}

/** Of each cell the trial at the lowest load with a loss that was the data plane's own: it set the upper bound. */
function lossyTrials(trials: readonly TrialRecord[]): ReadonlyMap<string, TrialRecord> {
  const lowest = new Map<string, TrialRecord>();
  for (const trial of trials) {
    const { purpose, verdict, lossRatio, intendedPps } = trial;
    if (purpose === 'ceiling' || purpose === 'wire-latency' || verdict !== 'valid' || lossRatio <= 0)
      continue;
    const key = JSON.stringify(trial.cell);
    if (intendedPps < (lowest.get(key)?.intendedPps ?? Infinity)) lowest.set(key, trial);
  }
  return lowest;
}

function lossesAbove(lossy: TrialRecord | undefined): Html {
  if (lossy === undefined) return html`no such trial`;
  return html`at ${mpps(lossy.intendedPps)} Mpps, ${percent(lossy.lossRatio)}:<br />${losses(lossy.books)}`;
}
