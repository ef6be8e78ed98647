import type { SeriesId, SeriesPoint, StoredSeries } from '../model/series.ts';
import type { Confirmation, Suspicion } from '../regress/suspicion.ts';
import type { AlertEvent } from './event.ts';
import { apply, numbered } from './book.ts';
import type { Book } from './book.ts';

/** Made-up series and changes for the tests of alerts: run n is of night n, and measures commit n unless said otherwise. */
export function seriesOf(nf: string, testbed = 'local'): SeriesId {
  return {
    testbed,
    fingerprint: '0123456789abcdef',
    cell: { dataplane: 'netvm', isolation: 'process', nfs: [nf], frameSizeBytes: 64, method: 'rfc2544' },
    metric: { name: 'throughputPps', unit: 'pps', better: 'higher' },
  };
}

export function night(run: number): string {
  return new Date(Date.UTC(2026, 0, 1, 2) + run * 86_400_000).toISOString();
}

export function pointOf(
  run: number,
  value: number | null,
  commit: string | null = commitOf(run),
): SeriesPoint {
  const verdict = value === null ? 'failed' : 'valid';
  return { runId: `run-${run}`, startedAt: night(run), commit, value, control: null, verdict };
}

export function commitOf(run: number): string {
  return run.toString(16).padStart(4, '0').padEnd(40, 'c');
}

export interface Step {
  readonly nf?: string;
  readonly testbed?: string;
  /** The first run of the new level. */
  readonly at: number;
  /** The run before; others failed. */
  readonly from?: number;
  readonly before?: number;
  readonly after?: number;
}

export function suspicionOf({
  nf = 'forward',
  testbed,
  at,
  from = at - 1,
  before = 100,
  after = 95,
}: Step): Suspicion {
  const relativeChange = (after - before) / before;
  return {
    series: seriesOf(nf, testbed),
    change: {
      index: at,
      before,
      after,
      relativeChange,
      kind: relativeChange < 0 ? 'regression' : 'improvement',
      votes: ['e-divisive', 'robust-step'],
      pValue: 1e-6,
      controlChange: null,
    },
    lastBefore: pointOf(from, before),
    firstAfter: pointOf(at, after),
  };
}

export function confirmed(suspicion: Suspicion): Confirmation {
  const { before, after, relativeChange } = suspicion.change;
  return {
    outcome: 'confirmed',
    relativeChange,
    interval: [relativeChange - 0.005, relativeChange + 0.005],
    confidence: 0.95,
    before: [before, before, before],
    after: [after, after, after],
    reason: 'the interval lies wholly beyond the floor of 1 %',
  };
}

export function unconfirmed(suspicion: Suspicion, outcome: 'refuted' | 'undecided'): Confirmation {
  return { ...confirmed(suspicion), outcome, reason: `${outcome} by 7 reruns` };
}

/** A series of these values, from run 0 on. */
export function storedSeries(
  values: readonly (number | null)[],
  nf = 'forward',
  testbed = 'local',
): StoredSeries {
  return { id: seriesOf(nf, testbed), points: values.map((value, run) => pointOf(run, value)) };
}

/** The book after these events, written in the night of a run. */
export function after(book: Book, events: readonly AlertEvent[], run: number): Book {
  return numbered(book, events, night(run)).reduce(apply, book);
}
