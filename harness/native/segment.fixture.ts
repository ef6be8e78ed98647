import { writeFileSync } from 'node:fs';

/** A telemetry segment made by hand, as native/abi/telemetry.h has it, so that tests need no native program. */
export interface SegmentParts {
  readonly counters: readonly (readonly [name: string, value: bigint])[];
  readonly eventsMax?: number;
  /** Fields of each event ever written: start, end, count, kind, aux. */
  readonly events?: readonly (readonly [bigint, bigint, bigint, number, number])[];
  readonly histogram?: BigUint64Array;
  readonly tscHz?: bigint;
}

export const magic = 0x594c54544d56544en;

/** Places of header fields, for tests that damage them. */
export const headerField = {
  magic: 0,
  abiVersion: 8,
  counters: 12,
  eventsMax: 16,
  histogramLen: 20,
  namesOffset: 24,
  valuesOffset: 32,
  eventsOffset: 40,
  histogramOffset: 48,
  tscHz: 56,
  totalBytes: 64,
  eventsWritten: 72,
} as const;

export function segmentBytes(parts: SegmentParts): Buffer {
  const { counters, eventsMax = 8, events = [], histogram, tscHz = 2_600_000_000n } = parts;
  const namesOffset = 128;
  const valuesOffset = namesOffset + counters.length * 64;
  const eventsOffset = valuesOffset + counters.length * 8;
  const histogramOffset = eventsOffset + eventsMax * 32;
  const bytes = Buffer.alloc(histogramOffset + (histogram?.byteLength ?? 0));
  bytes.writeBigUInt64LE(magic, headerField.magic);
  bytes.writeUInt32LE(1, headerField.abiVersion);
  bytes.writeUInt32LE(counters.length, headerField.counters);
  bytes.writeUInt32LE(eventsMax, headerField.eventsMax);
  bytes.writeUInt32LE(histogram?.length ?? 0, headerField.histogramLen);
  bytes.writeBigUInt64LE(BigInt(namesOffset), headerField.namesOffset);
  bytes.writeBigUInt64LE(BigInt(valuesOffset), headerField.valuesOffset);
  bytes.writeBigUInt64LE(BigInt(eventsOffset), headerField.eventsOffset);
  bytes.writeBigUInt64LE(BigInt(histogramOffset), headerField.histogramOffset);
  bytes.writeBigUInt64LE(tscHz, headerField.tscHz);
  bytes.writeBigUInt64LE(BigInt(bytes.length), headerField.totalBytes);
  bytes.writeBigUInt64LE(BigInt(events.length), headerField.eventsWritten);
  counters.forEach(([name, value], i) => {
    bytes.write(name, namesOffset + i * 64, 'latin1');
    bytes.writeBigUInt64LE(value, valuesOffset + i * 8);
  });
  events.forEach(([start, end, count, kind, aux], i) => {
    const at = eventsOffset + (i % eventsMax) * 32;
    bytes.writeBigUInt64LE(start, at);
    bytes.writeBigUInt64LE(end, at + 8);
    bytes.writeBigUInt64LE(count, at + 16);
    bytes.writeUInt32LE(kind, at + 24);
    bytes.writeUInt32LE(aux, at + 28);
  });
  histogram?.forEach((count, i) => bytes.writeBigUInt64LE(count, histogramOffset + i * 8));
  return bytes;
}

export function writeSegment(path: string, parts: SegmentParts): void {
  writeFileSync(path, segmentBytes(parts), { mode: 0o600 });
}
