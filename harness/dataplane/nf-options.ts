import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How an NF is started in a measurement: so that it does its full work, and the generator's packets pass. */
interface NfSetup {
  /** Command line; `file` stands where the name of the file goes. */
  readonly options: (file: string) => readonly string[];
  /** What the file holds; none where left out. */
  readonly file?: () => string;
}

/** The measured traffic has addresses of RFC 2544: from 198.18.0.0/15 to 198.19.0.1. NFs that are not here need nothing. */
const setups: Readonly<Record<string, NfSetup>> = {
  dpi: { options: (file) => ['--patterns', file], file: dpiPatterns },
  firewall: { options: (file) => ['--rules', file], file: firewallRules },
  loadbalancer: {
    options: (file) => ['--vip', '198.19.0.1', '--backends', file],
    file: () => [1, 2, 3, 4].map((n) => `backend${n} 02:00:00:00:01:0${n}\n`).join(''),
  },
  nat: { options: () => ['--inside', '198.18.0.0/16', '--public', '203.0.113.1'] },
  // Rates no wire here reaches: every packet pays for both buckets, and none is dropped.
  ratelimit: { options: () => ['--flow-pps', '1000000000', '--total-pps', '1000000000'] },
  router: { options: (file) => ['--routes', file, '--address', '192.0.2.1'], file: routes },
  // Rules that the measured traffic does not match: it is looked at in full, and goes on.
  steer: { options: (file) => ['--rules', file, '--to', 'elsewhere'], file: steerRules },
  synthetic: { options: () => ['--cycles', '100', '--frame-bytes', '64', '--memory-bytes', '64'] },
  // UDP to the protected address is looked at, and passes.
  tcpproxy: { options: () => ['--protect', '198.19.0.1'] },
};

/** What an NF's program needs besides its place in the chain: the end of its command line. The files that it names are written. */
export function nfOptions(nf: string, runDir: string): string[] {
  const own = ownOptions(nf, runDir);
  return own.length === 0 ? [] : ['--', ...own];
}

/** The NF's own options alone. The files that they name are written. */
export function ownOptions(nf: string, runDir: string): string[] {
  const setup = Object.hasOwn(setups, nf) ? setups[nf] : undefined;
  if (!setup) return [];
  const file = join(runDir, `${nf}.conf`);
  if (setup.file) writeWhole(file, setup.file());
  return [...setup.options(file)];
}

/** An NF that is reading it, an instance that was started just before, reads all of it and never a part. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const rules = 32;

/**
 * Rules that the measured traffic (RFC 2544 addresses, 198.18.0.0/15) passes only after all of them were tried: the
 * benchmark's worst case, and no packet is dropped by a verdict.
 */
export function firewallRules(): string {
  const denied = Array.from(
    { length: rules - 1 },
    (_, i) => `deny udp 203.0.113.${i}/32 0-65535 192.0.2.0/24 ${1000 + i}-${1000 + i}`,
  );
  return [...denied, 'allow any any any any any', ''].join('\n');
}

/** Routes of all lengths; the one that holds is 24 bits long, as most of the Internet's are, and there are longer ones beside it. */
function routes(): string {
  const via = (prefix: string, n: number) => `${prefix} via 02:00:00:00:00:0${n}\n`;
  const beside = Array.from({ length: 200 }, (_, i) => `198.19.0.${i + 50}/32 drop\n`);
  return [via('0.0.0.0/0', 1), via('198.18.0.0/15', 2), via('198.19.0.0/24', 3), ...beside].join('');
}

/** Four services that are not asked for. */
function steerRules(): string {
  return [53, 80, 443, 853].map((port) => `any any any 192.0.2.0/24 ${port}\n`).join('');
}

/** Words that the measured traffic does not carry: it is searched to its end. */
function dpiPatterns(): string {
  return ['drop (?i)cmd\\.exe', 'drop /etc/passwd', 'drop (?i)union\\s+select', 'count ^GET\\s/', ''].join(
    '\n',
  );
}
