import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an NF needs besides its place in the chain: command line options, and files they name. */
export function nfOptions(nf: string, runDir: string): string[] {
  if (nf !== 'firewall') return [];
  const file = join(runDir, 'firewall.rules');
  writeFileSync(file, firewallRules(), { mode: 0o600 });
  return ['--', '--rules', file];
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
