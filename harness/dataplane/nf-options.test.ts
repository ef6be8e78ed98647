import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nfNames } from '../profile/plan.ts';
import { firewallRules, nfOptions } from './nf-options.ts';

test('a firewall has 32 rules, the last of which lets everything pass', () => {
  const rules = firewallRules().trimEnd().split('\n');
  expect(rules).toHaveLength(32);
  expect(rules.every((rule) => rule.split(' ').length === 6)).toBe(true);
  expect(rules.slice(0, -1).every((rule) => rule.startsWith('deny '))).toBe(true);
  expect(rules.at(-1)).toBe('allow any any any any any');
});

test('an NF is told where its file is, or nothing where it needs nothing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netvm-nf-'));
  expect(nfOptions('forward', dir)).toEqual([]);
  const [dashes, option, file = ''] = nfOptions('firewall', dir);
  expect([dashes, option]).toEqual(['--', '--rules']);
  expect(readFileSync(file, 'utf8')).toBe(firewallRules());
  for (const nf of nfNames) {
    const named = nfOptions(nf, dir).filter((word) => word.startsWith('/'));
    for (const name of named) expect(readFileSync(name, 'utf8')).toMatch(/\S\n$/);
  }
  rmSync(dir, { recursive: true });
});
