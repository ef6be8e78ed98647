import { z } from 'zod';
import type { Metric, SeriesId } from '../model/series.ts';
import { cellSchema } from '../store/schema.ts';

/**
 * What happens to alerts, one event a line of `alerts.jsonl`: the log is the truth, and everything else is worked out from it.
 * Other programs read it: add fields, never rename them.
 */

/** Texts of people and archives are cut here, so that a line stays within what is read back. */
export const textMax = 2000;
const text = z.string().max(textMax);
const name = z.string().min(1).max(200);
const time = z.iso.datetime({ offset: true });
const place = z.object({
  runId: name,
  startedAt: time,
  commit: name.nullable(),
  isDirty: z.literal(true).exactOptional(),
});
const count = z.int().nonnegative();

const metric: z.ZodType<Metric> = z.object({
  name,
  unit: text,
  better: z.enum(['higher', 'lower']),
});

const seriesId: z.ZodType<SeriesId> = z.object({
  testbed: name,
  fingerprint: name,
  settings: name.exactOptional(),
  cell: cellSchema,
  metric,
});

/** A change of one series: where it lies, and between which levels. */
const change = z.object({
  /** Of the series, as `seriesKey` has it. */
  key: name,
  series: seriesId,
  kind: z.enum(['regression', 'improvement']),
  lastBefore: place,
  firstAfter: place,
  before: z.number(),
  after: z.number(),
});

/** A change that reruns have confirmed. */
const finding = z.object({
  ...change.shape,
  /** Of the reruns: (after - before) / before, its interval, and how sure that is (0 to 1). */
  relativeChange: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  confidence: z.number().min(0).max(1),
  reason: text,
});

export const alertId = z.string().regex(/^[0-9a-f]{8,16}$/, 'expected an alert: 8 to 16 hexadecimal digits');
const who = { by: name, reason: text };

const attempt = z.object({ at: time, result: text });

export const eventSchema = z.discriminatedUnion('type', [
  /** A suspicion that is dealt with and no alert: refuted, undecided, or an improvement. It is not rerun for that. */
  z.object({
    type: z.literal('checked'),
    change,
    outcome: z.enum(['refuted', 'undecided', 'improvement']),
    reason: text,
  }),
  z.object({ type: z.literal('raised'), alert: alertId, finding }),
  /** One more series shows what an open alert is about. */
  z.object({ type: z.literal('joined'), alert: alertId, finding }),
  z.object({ type: z.literal('acknowledged'), alert: alertId, ...who }),
  z.object({ type: z.literal('expected'), alert: alertId, ...who }),
  /** A series of the alert went back; `from` is the first run of that, null where a person says so. */
  z.object({ type: z.literal('recovered'), alert: alertId, key: name, from: place.nullable(), ...who }),
  /** All of its series went back. */
  z.object({ type: z.literal('fixed'), alert: alertId, ...who }),
  /** It came back, or shows in one more series. */
  z.object({ type: z.literal('reopened'), alert: alertId, finding, reason: text }),
  /** A channel is told of what happens from here on. */
  z.object({ type: z.literal('channel'), channel: name }),
  /** What came of telling a channel of event `of`. */
  z.object({
    type: z.literal('delivery'),
    alert: alertId,
    channel: name,
    of: count,
    key: name,
    outcome: z.enum(['delivered', 'failed', 'refused']),
    attempts: z.array(attempt).max(20),
    /** What the other side calls it, for example the number of an issue. */
    ref: name.nullable(),
    /** Not to be tried again before; null where that does not matter. */
    notBefore: time.nullable(),
  }),
]);

/** One line of the log. `seq` counts from 1. */
export const lineSchema = z.object({
  schema: z.literal('alert-log/1'),
  seq: z.int().positive(),
  time,
  event: eventSchema,
});

export type Place = z.output<typeof place>;
export type ChangeRecord = z.output<typeof change>;
export type Finding = z.output<typeof finding>;
export type AlertEvent = z.output<typeof eventSchema>;
export type EventOf<T extends AlertEvent['type']> = Extract<AlertEvent, { type: T }>;
export interface LoggedEvent {
  readonly seq: number;
  readonly time: string;
  readonly event: AlertEvent;
}
