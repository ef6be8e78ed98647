import type { CellVerdict, LatencySummary } from '../../model/run.ts';
import { framesOf } from '../../model/frames.ts';
import { latencyChart, latencyLoads, withLatency } from '../charts/latency.ts';
import { chainText, duration, whole } from '../format.ts';
import { html, type Html } from '../markup.ts';
import { type CellRow, framesIn, isOf, latencyVerdict, type RunSource } from '../source.ts';
import { latencyReading } from '../words.ts';
import { wireAt } from '../trust.ts';
import { again, headRow, legend, number, scrolling, trafficNote } from './parts.ts';
import { dataplanes } from './throughput.ts';
import { variationTable } from './variation.ts';

/** Nothing where a report has no latencies. */
export async function latencySection(sources: readonly RunSource[], all: readonly CellRow[]): Promise<Html> {
  const rows = withLatency(all);
  if (rows.length === 0) return html``;
  const loads = latencyLoads(rows);
  const panels = [];
  const kinds = framesIn(rows);
  for (const frames of kinds) {
    for (const load of loads) {
      if (!rows.some((row) => isOf(frames, row) && row.result.latencyNs[load])) continue;
      const reading = latencyReading(rows, frames, load);
      panels.push(
        html`<figure aria-label="Latency at ${load} % load, ${frames.words}">
          ${await latencyChart(sources, rows, frames, load)}
          <figcaption>${trafficNote(frames)}${reading}</figcaption>
        </figure>`,
      );
    }
  }
  const doubtful = rows.some((row) =>
    loads.some((load) => row.result.latencyNs[load] && latencyVerdict(row, load) !== 'valid'),
  );
  const hasWire = sources.some(({ run }) =>
    kinds.some(({ sizeBytes }) => loads.some((load) => wireAt(run, sizeBytes, load))),
  );
  const intro = html`<p>
      The clock starts at the time a packet was meant to be sent, so that waiting at the sender counts. The
      highest percentiles hold the times in which the machine took a core away: compare data planes here,
      don't quote them
      alone.${hasWire && ' What the wire and the generator add is shown too: the same without a device, at the same share of what the wire carries. It is part of every figure above it, and taken off none.'}${sources.length > 1 && ' Of one data plane, run 1 stands on top.'}
    </p>
    ${legend([...dataplanes(rows), ...(hasWire ? ([['wire', 'the wire alone']] as const) : []), ['p50', 'p50'], ['p90', 'p90'], ['p99', 'p99'], ['p99.9', 'p99.9'], ...(doubtful ? ([['hollow', 'not valid']] as const) : [])])}`;
  // Beside an odd number of charts the words take the place that would stay empty.
  const odd = panels.length % 2 === 1;
  return html`<section aria-labelledby="latency">
    <h2 id="latency">Latency by load</h2>
    ${!odd && intro}
    <div class="panels">${odd && html`<div class="intro">${intro}</div>`}${panels}</div>
    ${variationTable(rows, loads)} ${again(sources)}
    <details>
      <summary>The figures of these charts</summary>
      ${latencyTable(sources, rows, loads)}
    </details>
  </section>`;
}

function latencyTable(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
  loads: readonly string[],
): Html {
  const wires = sources.flatMap(({ run }, index) =>
    (run.generator?.wireLatencyNs ?? []).map(({ frameSizeBytes, loadPercent, latencyNs }) => {
      const name = sources.length > 1 ? `the wire · run ${index + 1}` : 'the wire';
      const place = [name, 'no device', `${frameSizeBytes} B`, String(loadPercent)] as const;
      return latencyRow(place, latencyNs, latencyNs.verdict ?? 'valid');
    }),
  );
  const table = html`<table>
    <caption>
      Latency of every valid and doubtful cell${wires.length > 0 && ', and of the wire alone'}
    </caption>
    ${headRow([
      ['Data plane', 'text'],
      ['Chain', 'text'],
      ['Frames', 'number'],
      ['Load, %', 'number'],
      ['Samples', 'number'],
      ['min', 'number'],
      ['p50', 'number'],
      ['p90', 'number'],
      ['p99', 'number'],
      ['p99.9', 'number'],
      ['max', 'number'],
      ['Verdict', 'text'],
      ['Histogram', 'text'],
    ])}
    <tbody>
      ${rows.flatMap((row) =>
        loads.map((load) => {
          const summary = row.result.latencyNs[load];
          if (summary === undefined) return '';
          const { cell } = row.result;
          const place = [row.series, chainText(cell.nfs), framesOf(cell).short, load] as const;
          return latencyRow(place, summary, latencyVerdict(row, load));
        }),
      )}
      ${wires}
    </tbody>
  </table>`;
  return scrolling('Latency figures', table);
}

function latencyRow(
  [series, chain, frames, load]: readonly [string, string, string, string],
  summary: LatencySummary,
  verdict: CellVerdict,
): Html {
  const { samples, min, p50, p90, p99, p999, max, hlog } = summary;
  return html`<tr>
    <th scope="row">${series}</th>
    <td>${chain}</td>
    ${number(frames)}${number(load)}${number(whole(samples))}${[min, p50, p90, p99, p999, max].map((ns) =>
      number(duration(ns)),
    )}
    <td>${verdict === 'valid' ? verdict : html`<span class="bad">${verdict}</span>`}</td>
    <td><code>${hlog}</code></td>
  </tr>`;
}
