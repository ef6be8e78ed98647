import { addon } from './addon.ts';

/** Kinds of events, as in native/abi/telemetry.h. */
export const eventKind = { gap: 1, wireFull: 2, sequenceLoss: 3 } as const;

export interface TelemetryEvent {
  readonly startTsc: bigint;
  readonly endTsc: bigint;
  /** Packets; of a gap nothing. */
  readonly count: number;
  readonly kind: number;
  /** Of a gap the core. */
  readonly aux: number;
}

export interface TelemetryEvents {
  readonly events: readonly TelemetryEvent[];
  /** Where the next reading starts. */
  readonly next: bigint;
  /** Events that were overwritten before they were read. */
  readonly missed: number;
}

/** A program's counters, events and histogram, in shared memory that only it writes. */
export interface Telemetry {
  readonly path: string;
  readonly tscHz: number;
  readonly names: readonly string[];
  /** All counters by name. They only grow; one that holds a level (`inflight.*`) does not. */
  read(): Counters;
  eventsWritten(): bigint;
  /** Events from index `since` on. */
  events(since: bigint): TelemetryEvents;
  /** Counts of the HDR histogram; empty where the program keeps none. */
  histogram(): BigUint64Array;
  close(): void;
}

export type Counters = ReadonlyMap<string, bigint>;

/**
 * Maps a telemetry segment. It stays readable after its writer's death. Throws, with one sentence, where the file is none or
 * is damaged.
 */
export function openTelemetry(path: string): Telemetry {
  const raw = new (addon().Telemetry)(path);
  const names = raw.names();
  return {
    path,
    names,
    tscHz: raw.tscHz(),
    read() {
      const values = raw.read();
      return new Map(names.map((name, i) => [name, values[i] ?? 0n]));
    },
    eventsWritten: () => raw.eventsWritten(),
    events(since) {
      const { next, missed, fields } = raw.events(since);
      return { events: toEvents(fields), next, missed: Number(missed) };
    },
    histogram: () => raw.histogram(),
    close: () => raw.close(),
  };
}

/** Of a program that shows nothing: no counter, no event, an empty histogram. Only its clock is known. */
export function noTelemetry(): Telemetry {
  return {
    path: '',
    names: [],
    tscHz: addon().tscHz(),
    read: () => new Map(),
    eventsWritten: () => 0n,
    events: (since) => ({ events: [], next: since, missed: 0 }),
    histogram: () => new BigUint64Array(0),
    close() {},
  };
}

const fieldsOfEvent = 5;

function toEvents(fields: BigUint64Array): TelemetryEvent[] {
  const field = (i: number) => fields[i] ?? 0n;
  return Array.from({ length: fields.length / fieldsOfEvent }, (_, e) => ({
    startTsc: field(e * fieldsOfEvent),
    endTsc: field(e * fieldsOfEvent + 1),
    count: Number(field(e * fieldsOfEvent + 2)),
    kind: Number(field(e * fieldsOfEvent + 3)),
    aux: Number(field(e * fieldsOfEvent + 4)),
  }));
}
