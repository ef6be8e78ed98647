import type { CoreRoundTrip } from '../model/run.ts';
import { plain } from './markup.ts';

/** Packets per second as Mpps, for example `14.88`, `0.813`; without the unit. */
export function mpps(pps: number): string {
  return significant(pps / 1e6);
}

/** `14.88 Mpps`; what would be 0.000 of them has a smaller unit. */
export function mppsUnit(pps: number): string {
  if (pps === 0 || pps >= 1e5) return `${mpps(pps)} Mpps`;
  return pps >= 1e3 ? `${short(pps / 1e3)} kpps` : `${short(pps)} pps`;
}

/** The unit in which an axis up to this rate reads best, and how many packets per second it is. */
export function rateUnit(highestPps: number): { readonly name: string; readonly pps: number } {
  if (highestPps >= 1e10) return { name: 'Gpps', pps: 1e9 };
  if (highestPps >= 1e5 || highestPps === 0) return { name: 'Mpps', pps: 1e6 };
  return highestPps >= 100 ? { name: 'kpps', pps: 1e3 } : { name: 'pps', pps: 1 };
}

export function gbps(value: number): string {
  return value.toFixed(2);
}

/** A time in ns with the unit that reads best: `870 ns`, `9.1 µs`, `1.25 ms`. */
export function duration(ns: number): string {
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${short(ns / 1e3)} µs`;
  if (ns < 1e9) return `${short(ns / 1e6)} ms`;
  return `${short(ns / 1e9)} s`;
}

/** `4.2 times`, `12 times`: a ratio in words. */
export function times(ratio: number): string {
  return short(ratio);
}

/** `55 → 310`: ns, before a cell and after it; without the unit. */
export function roundTrip(trip: CoreRoundTrip | null): string {
  return trip === null ? 'unknown' : `${Math.round(trip.before)} → ${Math.round(trip.after)}`;
}

export function percent(ratio: number): string {
  if (ratio > 0 && ratio < 1e-4) return `${(ratio * 100).toExponential(1)} %`;
  return `${significant(ratio * 100)} %`;
}

/** `95 %`: how sure an interval is. */
export function confidenceText(confidence: number): string {
  return `${Number((confidence * 100).toPrecision(4))} %`;
}

/** Whole numbers with thousands apart: `14,880,952`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function bytes(value: number): string {
  return value >= 2 ** 30 ? `${short(value / 2 ** 30)} GiB` : `${short(value / 2 ** 20)} MiB`;
}

/** `1 NF`, `3 NFs`, `no NF`. */
export function chainLength(nfs: number): string {
  if (nfs === 0) return 'no NF';
  return nfs === 1 ? '1 NF' : `${nfs} NFs`;
}

/** `forward → firewall`. */
export function chainText(nfs: readonly string[]): string {
  return nfs.length === 0 ? 'no NF' : nfs.map(plain).join(' → ');
}

/** The same with repeats counted, `forward ×4 → firewall`: for places where a chain of 32 has no room. */
export function chainShort(nfs: readonly string[]): string {
  const parts: { name: string; count: number }[] = [];
  for (const nf of nfs) {
    const last = parts.at(-1);
    if (last?.name === nf) last.count += 1;
    else parts.push({ name: nf, count: 1 });
  }
  return chainText(parts.map(({ name, count }) => (count === 1 ? name : `${name} ×${count}`)));
}

export function dataplaneLabel(name: string): string {
  return name === 'netvm' ? 'NetVM' : name === 'sriov' ? 'SR-IOV' : name;
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

function significant(value: number): string {
  if (value === 0) return '0';
  if (value >= longMin) return value.toExponential(1);
  return value.toFixed(value < 1 ? 3 : value < 100 ? 2 : 0);
}

/** From here on a number has more digits than its place has room for. */
const longMin = 1e5;

function short(value: number): string {
  if (value >= longMin) return value.toExponential(1);
  return value.toFixed(value < 10 ? (value < 2 ? 2 : 1) : 0);
}
