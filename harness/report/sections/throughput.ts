import { throughputChart } from '../charts/throughput.ts';
import { html, type Html } from '../markup.ts';
import { type CellRow, framesIn, type RunSource } from '../source.ts';
import { throughputReading } from '../words.ts';
import { again, legend, type LegendSymbol, notValid, trafficNote } from './parts.ts';

export async function throughputSection(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
): Promise<Html> {
  if (rows.length === 0) return html``;
  const panels = [];
  for (const frames of framesIn(rows)) {
    panels.push(
      html`<figure aria-label="Throughput, ${frames.words}">
        ${await throughputChart(rows, frames)}
        <figcaption>${trafficNote(frames)}${throughputReading(rows, frames)}</figcaption>
      </figure>`,
    );
  }
  return html`<section aria-labelledby="throughput">
    <h2 id="throughput">Throughput by chain length</h2>
    <p>
      The highest load at which not one packet was lost (RFC 1242 throughput); the bar at a point ends at the
      lowest load at which one
      was.${rows.some((row) => row.result.cell.method === 'mrr') && ' Cells of the method mrr show what was received of a full load, lost packets or not.'}
    </p>
    ${legend([
      ...dataplanes(rows),
      ['bounds', 'bounds of the search'],
      ...(rows.some((row) => row.result.verdict !== 'valid') ? ([['invalid', 'not valid']] as const) : []),
    ])}
    <div class="panels">${panels}</div>
    ${notValid(rows)} ${again(sources)}
  </section>`;
}

/** Those of the report, in the order of the charts. */
export function dataplanes(rows: readonly CellRow[]): [LegendSymbol, string][] {
  const names = [
    ['netvm', 'NetVM'],
    ['vhost-user', 'vhost-user'],
    ['forwarder', 'forwarder (bare DPDK, no NF)'],
  ] as const;
  return names
    .filter(([name]) => rows.some((row) => row.result.cell.dataplane === name))
    .map(([name, text]) => [name, text]);
}
