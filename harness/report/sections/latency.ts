import type { CellVerdict, LatencySummary } from '../../model/run.ts';
import { framesOf, type Frames } from '../../model/frames.ts';
import { latencyAxis, latencyChart, latencyLoads, withLatency } from '../charts/latency.ts';
import { commandsOf, type Figure, type Section, slug } from '../figure.ts';
import { chainText, duration, whole } from '../format.ts';
import { latencyIntervals } from '../intervals.ts';
import { evenly, panelsMax, panelsOpenMax, rowsMax, tableRowsMax } from '../limits.ts';
import { html, type Html } from '../markup.ts';
import { type CellRow, framesIn, isOf, latencyVerdict, type RunSource } from '../source.ts';
import { latencyReading } from '../words.ts';
import { wireAt } from '../trust.ts';
import { legend, type LegendEntry, seriesLegend } from './legend.ts';
import { type Panel, panelsHtml } from './panels.ts';
import { again, headRow, number, scrolling, trafficNote } from './parts.ts';
import { variationTable } from './variation.ts';

/** Nothing where a report has no latencies. */
export async function latencySection(
  sources: readonly RunSource[],
  all: readonly CellRow[],
): Promise<Section> {
  const rows = withLatency(all);
  if (rows.length === 0) return { html: html``, figures: [] };
  const loads = latencyLoads(rows);
  const kinds = framesIn(rows);
  const wanted = kinds.flatMap((frames) =>
    loads
      .filter((load) => rows.some((row) => isOf(frames, row) && row.result.latencyNs[load]))
      .map((load) => ({ frames, load })),
  );
  const drawn = evenly(wanted, panelsMax);
  const axis = latencyAxis(sources, rows);
  const panels: Panel[] = [];
  for (const { frames, load } of drawn) {
    const group = rows.filter((row) => isOf(frames, row) && row.result.latencyNs[load]);
    const here = evenly(group, rowsMax);
    const intervals = await latencyIntervals(here, load);
    const figure: Figure = {
      name: slug(`latency ${load} percent ${frames.short} ${frames.traffic ?? ''}`),
      label: `Latency at ${load} % load, ${frames.words}`,
      chart: await latencyChart(sources, here, axis, { frames, load, intervals }),
      legend: legendOf(here, [load], hasWireAt(sources, [frames], [load]), intervals.size > 0),
      reading: `${latencyReading(here, frames, load, intervals)}${cut(group.length - here.length)}`,
      commands: commandsOf(here.map(({ source }) => source)),
    };
    panels.push({ figure, before: trafficNote(frames) });
  }
  const hasWire = hasWireAt(sources, kinds, loads);
  const hasIntervals = panels.some(({ figure }) => figure.legend.some(([symbol]) => symbol === 'pale'));
  const intro = html`<p>
      The clock starts at the time a packet was meant to be sent, so that waiting at the sender counts. The
      highest percentiles hold the times in which the machine took a core away: compare data planes here,
      don't quote them
      alone.${hasWire && ' What the wire and the generator add is shown too: the same without a device, at the same share of what the wire carries. It is part of every figure above it, and taken off none.'}${sources.length > 1 && ' Of one data plane, run 1 stands on top.'}
    </p>
    ${legend(legendOf(rows, loads, hasWire, hasIntervals))}`;
  // Beside an odd number of charts the words take the place that would stay empty.
  const odd = Math.min(panels.length, panelsOpenMax) % 2 === 1;
  return {
    figures: panels.map(({ figure }) => figure),
    html: html`<section aria-labelledby="latency">
      <h2 id="latency">Latency by load</h2>
      ${!odd && intro}
      ${panelsHtml(panels, wanted.length - drawn.length, odd && html`<div class="intro">${intro}</div>`)}
      ${variationTable(rows, loads)} ${again(sources)}
      <details>
        <summary>The figures of these charts</summary>
        ${latencyTable(sources, rows, loads)}
      </details>
    </section>`,
  };
}

function hasWireAt(
  sources: readonly RunSource[],
  kinds: readonly Frames[],
  loads: readonly string[],
): boolean {
  return sources.some(({ run }) =>
    kinds.some(({ sizeBytes }) => loads.some((load) => wireAt(run, sizeBytes, load))),
  );
}

function legendOf(
  rows: readonly CellRow[],
  loads: readonly string[],
  hasWire: boolean,
  hasIntervals: boolean,
): LegendEntry[] {
  const doubtful = rows.some((row) =>
    loads.some((load) => row.result.latencyNs[load] && latencyVerdict(row, load) !== 'valid'),
  );
  return [
    ...seriesLegend(rows),
    ...(hasWire ? [['wire', 'the wire alone'] as const] : []),
    ['p50', 'p50'],
    ['p90', 'p90'],
    ['p99', 'p99'],
    ['p99.9', 'p99.9'],
    ...(hasIntervals ? [['pale', 'how sure a percentile is'] as const] : []),
    ...(doubtful ? [['hollow', 'not valid'] as const] : []),
  ];
}

function cut(leftOut: number): string {
  return leftOut > 0 ? ` ${leftOut} more cells are in the table only.` : '';
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
  const all = rows.flatMap((row) =>
    loads.flatMap((load) => {
      const summary = row.result.latencyNs[load];
      return summary === undefined ? [] : [{ row, load, summary }];
    }),
  );
  const shown = all.slice(0, tableRowsMax);
  const more = all.length - shown.length;
  const table = html`<table>
    <caption>
      Latency of every valid and doubtful
      cell${wires.length > 0 && ', and of the wire alone'}${more > 0 && `; ${more} more are in run.json`}
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
      ${shown.map(({ row, load, summary }) => {
        const { cell } = row.result;
        const place = [row.series, chainText(cell.nfs), framesOf(cell).short, load] as const;
        return latencyRow(place, summary, latencyVerdict(row, load));
      })}
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
