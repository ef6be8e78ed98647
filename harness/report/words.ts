import type { Frames } from '../model/frames.ts';
import type { CellVerdict, Provenance } from '../model/run.ts';
import { compareWithBaseline, type Comparison } from './compare.ts';
import { figureText } from './figures.ts';
import { flowTableReading } from './flow-table-cost.ts';
import { chainLength, chainShort, duration, list, mppsUnit, roundTrip, times } from './format.ts';
import { isolationReading } from './isolation-cost.ts';
import { type LatencyIntervals, overlaps, type PercentileName } from './intervals.ts';
import {
  boundsOf,
  cellRows,
  fillsWire,
  framesIn,
  hasRate,
  isOf,
  isTrusted,
  latencyVerdict,
  wireGbps,
  type CellRow,
  type RunSource,
} from './source.ts';

/** What a reader should know after ten seconds: all chains of the smallest frame, not the best one. */
export function headline(sources: readonly RunSource[]): string {
  const all = cellRows(sources);
  const rows = all.filter(hasRate);
  const ofMethods = figureSentence(all);
  if (ofMethods !== null) return ofMethods;
  const valid = rows.filter((row) => row.result.verdict === 'valid' && row.result.throughput !== null);
  if (rows.length === 0) return 'This run has no result yet.';
  if (valid.length === 0) return `No cell of this report is valid: read the reasons in the table of cells.`;
  const smallest = smallestOf(valid);
  const here = compareWithBaseline(rows).filter(
    (c) => c.frames.key === smallest.key && c.trusted && c.ratio !== null && c.netvm.style === 'netvm',
  );
  return here.length > 0 ? ratioSentence(here, smallest) : rangeSentence(valid, smallest);
}

/** Where every cell has figures that are no throughput: what they say, of the longest chain and the smallest frame. Else null. */
function figureSentence(rows: readonly CellRow[]): string | null {
  const found = rows.filter(({ result: { figures } }) => figures !== undefined && figures.method !== 'mrr');
  if (found.length === 0 || found.length < rows.length) return null;
  const valid = found.filter(({ result }) => result.verdict === 'valid');
  if (valid.length === 0) return 'No cell of this report is valid: read the reasons in the table of cells.';
  const smallest = smallestOf(valid);
  const here = valid.filter((row) => isOf(smallest, row));
  const longest = Math.max(...here.map(({ result: { cell } }) => cell.nfs.length));
  const parts = here
    .filter(({ result: { cell } }) => cell.nfs.length === longest)
    .flatMap(({ series, result: { figures } }) => (figures ? [`${series}: ${figureText(figures)}`] : []));
  return `${parts.join('; ')} (${chainLength(longest)}, ${smallest.words}).`;
}

/** Of at least one row. */
function smallestOf(rows: readonly CellRow[]): Frames {
  const [smallest] = framesIn(rows);
  if (smallest === undefined) throw new RangeError('no rows have no smallest frames');
  return smallest;
}

/** One line on the throughput chart of one kind of frames. */
export function throughputReading(rows: readonly CellRow[], frames: Frames): string {
  const here = rows.filter((row) => isOf(frames, row));
  const more = [...indistinct(here), ...flowTableReading(here), ...isolationReading(here)];
  return [...carriedBySeries(here), ...more].join(' ');
}

/** A sentence each. */
function carriedBySeries(rows: readonly CellRow[]): string[] {
  return [...Map.groupBy(rows, (row) => row.series)].map(([series, cells]) => {
    const valid = cells
      .filter((row) => row.result.verdict === 'valid' && row.result.throughput !== null)
      .sort((a, b) => a.result.cell.nfs.length - b.result.cell.nfs.length);
    const [first, last] = [valid[0], valid.at(-1)];
    if (first === undefined || last === undefined) return `${series} has no valid figure.`;
    if (valid.every(fillsWire)) return `${series} fills the wire ${through(valid)} (${carried(first)}).`;
    if (first === last) return `${series} carries ${carried(first)} ${through([first])}.`;
    return `${series} carries ${carried(first)} ${through([first])} and ${carried(last)} ${through([last])}.`;
  });
}

/** Of the longest chain that several data planes carry: which of them the bounds cannot tell apart. */
function indistinct(rows: readonly CellRow[]): string[] {
  const valid = rows.filter(isTrusted);
  const chains = Map.groupBy(valid, (row) => row.result.cell.nfs.join('\n'));
  const several = [...chains.values()].filter((cells) => cells.length > 1);
  const longest = several.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0] ?? [];
  const pairs = longest.flatMap((row, index) =>
    sameProvenance(row, longest.slice(index + 1))
      .filter(
        (other) => !(fillsWire(row) && fillsWire(other)) && overlaps(intervalOf(row), intervalOf(other)),
      )
      .map((other) => `${row.series} and ${other.series}`),
  );
  if (pairs.length === 0) return [];
  const [some, more] = [pairs.slice(0, 3), pairs.length - 3];
  const others = more > 0 ? ` (and ${more} other pairs)` : '';
  return [
    `At ${chainLength(lengthOf(longest))} the bounds of ${list(some)}${others} overlap: these data show no difference.`,
  ];
}

/** What is emulated is compared with nothing that is measured. */
function sameProvenance(row: CellRow, others: readonly CellRow[]): CellRow[] {
  return others.filter((other) => other.result.provenance === row.result.provenance);
}

function lengthOf(rows: readonly CellRow[]): number {
  return rows[0]?.result.cell.nfs.length ?? 0;
}

function intervalOf(row: CellRow): { low: number; high: number } {
  const { lowerPps, upperPps } = boundsOf(row);
  return { low: lowerPps, high: upperPps };
}

/** By its length, and by its NFs where others are as long. */
function chainOf({ nfs, netvm }: Comparison, all: readonly Comparison[]): string {
  const own = netvm.result.cell.nfs.join();
  const isAlone = all.every((c) => c.nfs !== nfs || c.netvm.result.cell.nfs.join() === own);
  const names = chainShort(netvm.result.cell.nfs);
  return isAlone ? chainLength(nfs) : names.length > 60 ? `${names.slice(0, 59)}…` : names;
}

/** A sentence names no more than that one by one. */
const namedMax = 6;

function ratioRange(comparisons: readonly Comparison[]): string {
  const values = comparisons.flatMap((c) => (c.ratio === null ? [] : [c.ratio.value]));
  return `${times(Math.min(...values))} to ${times(Math.max(...values))} times what vhost-user does, by chain (${values.length} of them)`;
}

/** One line on the ratio chart of a frame size. */
export function ratioReading(comparisons: readonly Comparison[]): string {
  const trusted = comparisons.filter((c) => c.trusted && c.ratio !== null);
  const mixed = comparisons.find((c) => c.mixed !== '')?.mixed ?? '';
  if (trusted.length === 0)
    return mixed === ''
      ? 'No chain has a valid figure on both sides, so there is nothing to compare.'
      : `There is no ratio of figures of one kind: ${mixed}.`;
  const hidden = trusted.filter((c) => c.ratio?.bothFillWire);
  const several = new Set(trusted.map((c) => c.netvm.style)).size > 1;
  const shown = trusted
    .filter((c) => !hidden.includes(c))
    .map((c) => {
      const least = c.ratio?.atLeast ? 'at least ' : '';
      const who = several ? ` (${c.netvm.series})` : '';
      return `${least}${times(c.ratio?.value ?? 0)} times what vhost-user does at ${chainOf(c, trusted)}${who}`;
    });
  const first =
    shown.length > 0 ? `NetVM carries ${shown.length > namedMax ? ratioRange(trusted) : list(shown)}.` : '';
  const second =
    hidden.length > 0
      ? `At ${list(hidden.map((c) => chainLength(c.nfs)))} both fill the wire, which hides any difference.`
      : '';
  const moved = trusted
    .filter((c) => c.coresMoved)
    .slice(0, namedMax)
    .map((c) => `At ${chainLength(c.nfs)} part of it may be the machine's: ${coresMoved(c)}.`);
  const parity = trusted.filter(
    (c) => !hidden.includes(c) && c.ratio !== null && c.ratio.low <= 1 && c.ratio.high >= 1,
  );
  const third =
    parity.length > 0
      ? `At ${parity.length > namedMax ? `${parity.length} chains` : list(parity.map((c) => chainLength(c.nfs)))} the bounds allow parity: these data show no difference.`
      : '';
  return [first, second, third, ...moved].filter((sentence) => sentence !== '').join(' ');
}

/** How far apart the cores were for each side of a comparison; empty where that was the same. */
export function coresMoved({ coresMoved, netvm, baseline }: Comparison): string {
  if (!coresMoved) return '';
  const [own, other] = [netvm, baseline].map(({ result }) => roundTrip(result.coreRoundTripNs));
  return `core to core ${own} ns for NetVM, ${other} ns for vhost-user`;
}

/** What the distance of cores means, for the table of cells. */
export const coreToCoreMeaning =
  "Core to core is the round trip of a cache line between the generator's core and the device's, before the cell and after " +
  'it: short where they share a cache, several times as long where they do not. A hypervisor moves virtual cores, and every ' +
  'packet crosses that way: rates of cells with different distances are not comparable one to one.';

/** One line on the latency chart of a load: the longest chain that most data planes carry. */
export function latencyReading(
  rows: readonly CellRow[],
  frames: Frames,
  load: string,
  intervals: LatencyIntervals = new Map(),
): string {
  const measured = rows.filter(
    (row) =>
      latencyVerdict(row, load) === 'valid' && isOf(frames, row) && row.result.latencyNs[load] !== undefined,
  );
  const chains = [...Map.groupBy(measured, (row) => row.result.cell.nfs.length)];
  const [best] = chains.toSorted(([a, one], [b, other]) => other.length - one.length || b - a);
  if (best === undefined) return 'No cell has valid latencies at this load.';
  const [nfs, all] = best;
  const cells = all.slice(0, namedMax);
  const parts = cells.flatMap((row) => {
    const summary = row.result.latencyNs[load];
    return summary === undefined
      ? []
      : `${row.series} takes ${duration(summary.p50)} at the median and ${duration(summary.p99)} at p99`;
  });
  const overlapping = overlappingPairs(cells, intervals);
  const doubt =
    overlapping.length === 0
      ? ''
      : ` Of ${list(overlapping.slice(0, 3))} the intervals overlap: these data show no difference there.`;
  return `${nfs === 0 ? 'With no NF' : `Through ${chainLength(nfs)}`}, ${list(parts)}.${doubt}`;
}

/** `NetVM and vhost-user at p99`, for the percentiles that a reading names. */
function overlappingPairs(cells: readonly CellRow[], intervals: LatencyIntervals): string[] {
  const of = (row: CellRow, name: PercentileName) =>
    intervals.get(row)?.find(({ percentile }) => percentile === name);
  return cells.flatMap((row, index) =>
    sameProvenance(row, cells.slice(index + 1)).flatMap((other) =>
      (['p50', 'p99'] as const).flatMap((name) => {
        const [a, b] = [of(row, name), of(other, name)];
        return a !== undefined && b !== undefined && overlaps(a, b)
          ? [`${row.series} and ${other.series} at ${name}`]
          : [];
      }),
    ),
  );
}

/** What the provenance of a figure lets it prove. */
export function provenanceMeaning(provenance: Provenance): string {
  return {
    measured: 'Measured on a physical wire.',
    'measured-virtual':
      'Measured on the real data path over a virtual wire, which is memory that two processes share. ' +
      'It proves what the software costs, side by side on the same cores. It cannot prove anything about a network ' +
      'card, PCIe, interrupts or cabling, and a rate from it is not a rate on hardware.',
    emulated:
      'Measured on a device emulated in software, or in a virtual machine whose processor is: the control path is real, rates and times mean nothing. ' +
      'No figure, and no ratio with one, is that of the real thing (docs/METHODS.md).',
    modelled: 'Modelled, not measured.',
    published: 'Taken from a publication, not measured here.',
  }[provenance];
}

export function verdictMeaning(verdict: CellVerdict): string {
  return {
    valid: 'the load was offered and nothing outside the system under test disturbed it',
    'generator-limited': 'the generator could not offer the load; says nothing of the device',
    disturbed: 'packets were lost while the machine took a core away; repeated, never counted as loss',
    unbalanced: 'the books do not close, so the trial is void',
    'nf-died': 'a network function died during the trial',
    failed: 'the data plane could not be measured',
  }[verdict];
}

/** `virtual 10 Gbit/s wire`. */
export function wireText(source: RunSource): string {
  const rate = wireGbps(source.run);
  const virtual = source.run.results.some(({ provenance }) =>
    /^(measured-virtual|emulated)$/.test(provenance),
  )
    ? 'virtual '
    : '';
  return rate === null ? `unpaced ${virtual}wire` : `${virtual}${Number(rate.toFixed(2))} Gbit/s wire`;
}

function ratioSentence(comparisons: readonly Comparison[], frames: Frames): string {
  const ratios = comparisons.flatMap((c) => (c.ratio === null ? [] : [c.ratio]));
  if (ratios.every((ratio) => ratio.bothFillWire)) {
    return `NetVM and vhost-user both fill the wire with ${frames.words}, which hides any difference.`;
  }
  const values = ratios.map((ratio) => ratio.value);
  const [low, high] = [times(Math.min(...values)), times(Math.max(...values))];
  const range = low === high ? low : `${low} to ${high}`;
  const counts = [...new Set(comparisons.map((c) => c.nfs))].sort((a, b) => a - b);
  return (
    `NetVM carries ${range} times what vhost-user does through ${chains(counts)}, ` +
    `in ${frames.words}${withoutLoss(comparisons.map((c) => c.netvm))}.`
  );
}

/** More are no headline. */
const headlineSeriesMax = 3;

function rangeSentence(valid: readonly CellRow[], frames: Frames): string {
  const here = valid.filter((row) => isOf(frames, row));
  const measured = here.filter(({ result }) => result.provenance !== 'emulated');
  const sentences = carriedBySeries(measured.length > 0 ? measured : here);
  const more = sentences.length > headlineSeriesMax ? ' The charts have the others.' : '';
  const first = sentences.slice(0, headlineSeriesMax).join(' ');
  return `${first} (${frames.words}${withoutLoss(valid)})${more}`;
}

/** What the axis of a rate reads: only a search says that nothing was lost. */
export function rateMeaning(rows: readonly CellRow[]): string {
  const received = rows.filter((row) => row.result.cell.method === 'mrr');
  if (received.length === 0) return 'Mpps without loss';
  return received.length === rows.length ? 'Mpps received' : 'Mpps without loss, or received';
}

/** A maximum receive rate (MRR) is what arrives of a full load, so nothing of the kind can be said of it. */
function withoutLoss(rows: readonly CellRow[]): string {
  return rows.some((row) => row.result.cell.method === 'mrr') ? '' : ' without loss';
}

function chains(counts: readonly number[]): string {
  if (counts.length === 1) return `${chainLength(counts[0] ?? 0)}`;
  return `chains of ${list(counts.map(String))} NFs`;
}

function carried(row: CellRow): string {
  return mppsUnit(row.result.throughput?.pps ?? 0);
}

function through(rows: readonly CellRow[]): string {
  const counts = [...new Set(rows.map((row) => row.result.cell.nfs.length))];
  return counts.length === 1 && counts[0] === 0 ? 'with no NF' : `through ${chains(counts)}`;
}
