import { framesOf } from '../../model/frames.ts';
import type { LatencySummary } from '../../model/run.ts';
import { chainLength, chainText, duration, list } from '../format.ts';
import { html, type Html } from '../markup.ts';
import { tableRowsMax } from '../limits.ts';
import { type CellRow, latencyVerdict } from '../source.ts';
import { headRow, number, scrolling } from './parts.ts';

/** A cell's latencies at one load. */
interface Varied {
  readonly row: CellRow;
  readonly load: string;
  readonly typicalNs: number;
  readonly worstCaseNs: number;
  readonly pdvNs: number;
  readonly tooFew: string | undefined;
  readonly repetitions: LatencySummary['repetitions'];
}

/** RFC 8219's figures of latency and its variation; nothing where a report comes from before they were measured. */
export function variationTable(rows: readonly CellRow[], loads: readonly string[]): Html {
  const found = rows.flatMap((row) => loads.flatMap((load) => varied(row, load)));
  if (found.length === 0) return html``;
  const table = html`<table>
    <caption>
      Typical and worst-case latency (RFC 8219 section 7.2: median and 99.9th percentile) and packet delay
      variation (section 7.3.1: 99.9th percentile less
      minimum)${found.length > tableRowsMax && `; ${found.length - tableRowsMax} more are in run.json`}
    </caption>
    ${headRow([
      ['Data plane, chain, frame', 'text'],
      ['Load, %', 'number'],
      ['Typical', 'number'],
      ['Worst case', 'number'],
      ['Delay variation', 'number'],
      ['Verdict', 'text'],
    ])}
    <tbody>
      ${found.slice(0, tableRowsMax).map(tableRow)}
    </tbody>
  </table>`;
  return html`<h3>Delay variation</h3>
    ${scrolling('Delay variation', table)}
    <p>${variationReading(found, loads)}</p>`;
}

function varied(row: CellRow, load: string): Varied[] {
  const { typicalNs, worstCaseNs, pdvNs, tooFew, repetitions } = row.result.latencyNs[load] ?? {};
  if (typicalNs === undefined || worstCaseNs === undefined || pdvNs === undefined) return [];
  return [{ row, load, typicalNs, worstCaseNs, pdvNs, tooFew, repetitions }];
}

function tableRow({ row, load, tooFew, repetitions, ...figures }: Varied): Html {
  const { cell } = row.result;
  const verdict = latencyVerdict(row, load);
  return html`<tr>
    <th scope="row">
      ${row.series}, ${chainLength(cell.nfs.length)}, ${framesOf(cell).short}<small
        >${chainText(cell.nfs)}</small
      >
    </th>
    ${number(load === '0' ? '0 (unloaded)' : load)}${number(duration(figures.typicalNs))}${number(duration(figures.worstCaseNs))}${number(duration(figures.pdvNs))}
    <td>
      ${verdict === 'valid' ? verdict : html`<span class="bad">${verdict}</span>`}${tooFew !== undefined && html`<small>${tooFew}</small>`}${repetitions && html`<small>${ofRepeats(repetitions)}</small>`}
    </td>
  </tr>`;
}

/** RFC 8219 asks for the 1st and 99th percentile: of some twenty repetitions, the least and the greatest. */
function ofRepeats({ pdvNs, verdicts = [] }: NonNullable<LatencySummary['repetitions']>): string {
  const [least, most] = [Math.min(...pdvNs), Math.max(...pdvNs)];
  const doubtful = verdicts.filter((verdict) => verdict !== 'valid').length;
  const not = doubtful === 0 ? '' : `, ${doubtful} of them not valid`;
  return `medians of ${pdvNs.length} trials${not}, whose variation was ${duration(least)} to ${duration(most)}`;
}

/** The highest load, the longest chain of it: there it varies most. */
function variationReading(found: readonly Varied[], loads: readonly string[]): string {
  const valid = found.filter(({ row, load }) => latencyVerdict(row, load) === 'valid');
  const load = loads.findLast((one) => valid.some((varied) => varied.load === one));
  const here = valid.filter((one) => one.load === load);
  if (load === undefined) return 'No cell has a valid delay variation.';
  const longest = Math.max(...here.map(({ row }) => row.result.cell.nfs.length));
  const parts = here
    .filter(({ row }) => row.result.cell.nfs.length === longest)
    .map(({ row, pdvNs }) => `${duration(pdvNs)} with ${row.series} (${framesOf(row.result.cell).short})`);
  return `At ${load} % load through ${chainLength(longest)}, 999 of 1,000 packets arrive within ${list(parts)} of the fastest one.`;
}
