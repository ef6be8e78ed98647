import type { TrialRecord } from '../../model/run.ts';
import type { Column, Table } from './column.ts';
import { cellColumns, runColumns } from './shared-columns.ts';
import type { OfCell } from './shared-columns.ts';
import type { ExportSource } from './source.ts';

interface TrialRow extends OfCell {
  readonly trial: TrialRecord;
  readonly number: number;
}

const ownColumns: readonly Column<TrialRow>[] = [
  {
    name: 'trial',
    type: 'whole',
    about: 'Number of the trial in its run, from 1: the line of `trials.jsonl`.',
    of: ({ number }) => number,
  },
  {
    name: 'purpose',
    type: 'text',
    about: '`ceiling`, `search`, `latency`, `wire-latency`, or the method.',
    of: ({ trial }) => trial.purpose,
  },
  {
    name: 'verdict',
    type: 'text',
    about: 'Verdict on the trial; `void` where the generator died in it.',
    of: ({ trial }) => trial.verdict,
  },
  { name: 'reason', type: 'text', about: 'Why it is not `valid`.', of: ({ trial }) => trial.reason },
  {
    name: 'duration_ns',
    type: 'number',
    about: 'How long packets were sent.',
    of: ({ trial }) => trial.durationNs,
  },
  { name: 'intended_pps', type: 'number', about: 'Intended load.', of: ({ trial }) => trial.intendedPps },
  {
    name: 'offered_pps',
    type: 'number',
    about: 'Offered load: what left the generator.',
    of: ({ trial }) => trial.offeredPps,
  },
  { name: 'received_pps', type: 'number', about: 'What came back.', of: ({ trial }) => trial.receivedPps },
  {
    name: 'offered_bps',
    type: 'number',
    about: 'Offered load as bits on the wire, preamble and gap included.',
    of: ({ trial }) => trial.offeredBps ?? null,
  },
  {
    name: 'loss_ratio',
    type: 'number',
    about: '(sent - received) / sent, 0 to 1.',
    of: ({ trial }) => trial.lossRatio,
  },
  { name: 'sent_packets', type: 'whole', about: 'Packets sent.', of: ({ trial }) => trial.books.sent },
  {
    name: 'received_packets',
    type: 'whole',
    about: 'Packets received.',
    of: ({ trial }) => trial.books.received,
  },
  {
    name: 'dropped_packets',
    type: 'whole',
    about: 'Sum of all named drops.',
    of: ({ trial }) => sum(trial.books.drops),
  },
  {
    name: 'drops',
    type: 'text',
    about: 'Named drops in packets, as JSON.',
    of: ({ trial }) => JSON.stringify(trial.books.drops),
  },
  {
    name: 'in_flight_packets',
    type: 'whole',
    about: 'Still in the device after the drain.',
    of: ({ trial }) => trial.books.inFlight,
  },
  {
    name: 'lost_in_gaps_packets',
    type: 'number',
    about: 'Lost while a core was taken away.',
    of: ({ trial }) => trial.lostInGaps,
  },
  {
    name: 'duplicate_packets',
    type: 'whole',
    about: 'Received twice; empty where the generator does not number packets.',
    of: ({ trial: { books } }) => (books.numbered === false ? null : books.duplicates),
  },
  {
    name: 'reordered_packets',
    type: 'whole',
    about: 'Received out of order; empty where the generator does not number packets.',
    of: ({ trial: { books } }) => (books.numbered === false ? null : books.reordered),
  },
  {
    name: 'generator_gap_ns',
    type: 'number',
    about: "How long the generator's loop was away; empty where it does not log that.",
    of: ({ trial }) => (trial.trust?.generatorGapsKnown === false ? null : trial.gapNs.generator),
  },
  {
    name: 'device_gap_ns',
    type: 'number',
    about: "How long the device's loop was away.",
    of: ({ trial }) => trial.gapNs.device,
  },
  {
    name: 'latency_samples',
    type: 'whole',
    about: 'Packets whose latency was taken.',
    of: ({ trial }) => trial.latencyNs?.samples ?? null,
  },
  {
    name: 'latency_min_ns',
    type: 'number',
    about: 'Least latency, from the intended send time.',
    of: ({ trial }) => trial.latencyNs?.min ?? null,
  },
  {
    name: 'latency_p50_ns',
    type: 'number',
    about: 'Median.',
    of: ({ trial }) => trial.latencyNs?.p50 ?? null,
  },
  {
    name: 'latency_p90_ns',
    type: 'number',
    about: '90th percentile.',
    of: ({ trial }) => trial.latencyNs?.p90 ?? null,
  },
  {
    name: 'latency_p99_ns',
    type: 'number',
    about: '99th percentile.',
    of: ({ trial }) => trial.latencyNs?.p99 ?? null,
  },
  {
    name: 'latency_p999_ns',
    type: 'number',
    about: '99.9th percentile.',
    of: ({ trial }) => trial.latencyNs?.p999 ?? null,
  },
  {
    name: 'latency_max_ns',
    type: 'number',
    about: 'Greatest latency.',
    of: ({ trial }) => trial.latencyNs?.max ?? null,
  },
  {
    name: 'latency_hlog',
    type: 'text',
    about: 'Its histogram in the archive.',
    of: ({ trial }) => trial.latencyNs?.hlog ?? null,
  },
  {
    name: 'busy_ratio',
    type: 'number',
    about: "Share of the device core's time spent on packets, 0 to 1.",
    of: ({ trial }) => trial.cpu?.busyRatio ?? null,
  },
  {
    name: 'cycles_per_packet',
    type: 'number',
    about: "Of the device's core.",
    of: ({ trial }) => trial.cpu?.cyclesPerPacket ?? null,
  },
];

export const trialColumns: readonly Column<TrialRow>[] = [...runColumns, ...cellColumns, ...ownColumns];

/** Every trial, one a row. */
export function trialsTable(sources: readonly ExportSource[]): Table<TrialRow> {
  const rows = sources.flatMap((source) =>
    source.trials.map((trial, i): TrialRow => ({ source, cell: trial.cell, trial, number: i + 1 })),
  );
  return { name: 'trials', columns: trialColumns, rows };
}

function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
