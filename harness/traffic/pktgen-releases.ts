/** What a release of Pktgen-DPDK is told, and how its answers are read: names of functions and fields change between them. */
export interface PktgenRelease {
  /** Chunks of Lua, for port 0. */
  readonly setUp: (size: number, ratePercent: number) => string;
  readonly sendFor: (durationMs: number) => string;
  /** Answers `sent received`, since Pktgen started. A snapshot, taken once a second. */
  readonly counters: string;
  /** Answers for example `<UP-10000-FD>`: Mbit/s. */
  readonly link: string;
}

/** Tried with the real programs. Both count by kind ("port", "rate"), where later ones take no kind. */
const ofKind: PktgenRelease = {
  setUp: (size, ratePercent) =>
    `pktgen.set("0", "count", 0) pktgen.set("0", "size", ${size}) pktgen.set("0", "rate", ${ratePercent.toFixed(6)})`,
  sendFor: (durationMs) => `pktgen.start("0") pktgen.delay(${durationMs}) pktgen.stop("0") return "stopped"`,
  counters: 'local s = pktgen.portStats("0", "port")[0] return s.opackets .. " " .. s.ipackets',
  link: 'return pktgen.linkState("0")[0]',
};

const releases: Readonly<Record<string, PktgenRelease>> = { '23.03.1': ofKind, '23.06.1': ofKind };

/** By the version that Pktgen says of itself, for example `Pktgen 23.06.1`. Throws with the known ones. */
export function releaseOf(said: string): { version: string; release: PktgenRelease } {
  const version = /^(?:Pktgen )?([0-9]{2}\.[0-9]{2}\.[0-9]{1,2})$/.exec(said.trim())?.[1];
  const known = version !== undefined && Object.hasOwn(releases, version) ? releases[version] : undefined;
  if (version !== undefined && known !== undefined) return { version, release: known };
  const valid = Object.keys(releases).join(', ');
  throw new Error(`Pktgen says ${JSON.stringify(said.slice(0, 40))}; expected one of the releases ${valid}`);
}

export function readCounters(text: string): { sent: number; received: number } {
  const match = /^([0-9]{1,16}) ([0-9]{1,16})$/.exec(text);
  if (match === null)
    throw new Error(`Pktgen: expected two counters, got ${JSON.stringify(text.slice(0, 80))}`);
  return { sent: Number(match[1]), received: Number(match[2]) };
}

/** Bit/s; null where the link is down. */
export function readLinkBps(text: string): number | null {
  const match = /^<-*(UP|DOWN)-*([0-9]{0,7})/i.exec(text);
  if (match === null)
    throw new Error(`Pktgen: expected a link state, got ${JSON.stringify(text.slice(0, 80))}`);
  const mbps = Number(match[2]);
  return match[1]?.toUpperCase() === 'UP' && mbps > 0 ? mbps * 1e6 : null;
}
