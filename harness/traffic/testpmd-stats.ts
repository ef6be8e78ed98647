/** What `show port stats` of dpdk-testpmd says of a port, since the port was started. */
export interface PortStats {
  /** Taken by the wire. */
  readonly sent: number;
  readonly received: number;
}

/** The first line that a version of DPDK says of itself with `-v`. Null where there is none. */
export function readVersion(text: string): string | null {
  return /RTE Version: 'DPDK ([0-9][0-9.]{0,15}[^']{0,24})'/.exec(text)?.[1] ?? null;
}

/** Throws, with what was found instead, where one of the counters is not there. */
export function readPortStats(text: string): PortStats {
  return { sent: counter(text, 'TX-packets'), received: counter(text, 'RX-packets') };
}

/** Counters stay exact up to 2^53. */
function counter(text: string, name: string): number {
  const value = Number(new RegExp(`\\b${name}: *([0-9]{1,20})\\b`).exec(text)?.[1] ?? Number.NaN);
  if (Number.isSafeInteger(value)) return value;
  throw new Error(
    `testpmd: expected "${name}: <count>" from show port stats, got ${JSON.stringify(text.slice(0, 200))}`,
  );
}
