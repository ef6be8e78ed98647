import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
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

test('an instance that still reads its file is not disturbed by the next one that is started', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netvm-nf-'));
  const file = nfOptions('firewall', dir).at(-1) ?? '';
  const read = openSync(file, 'r+');
  nfOptions('firewall', dir);
  expect(fstatSync(read).ino).not.toBe(statSync(file).ino);
  expect(readFileSync(read, 'utf8')).toBe(firewallRules());
  closeSync(read);
  rmSync(dir, { recursive: true });
});
