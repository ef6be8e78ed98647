import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const temporary: string[] = [];
afterEach(() => temporary.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })));

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: { readonly rule: { readonly name: string } }[];
  };
}

function cruise(directory: string): Cruise['summary'] {
  const tool = join(root, 'node_modules/.bin/depcruise');
  const args = [tool, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'harness'];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return (JSON.parse(stdout) as Cruise).summary;
}

/** A tree with these files; each imports what is given. */
function planted(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'netvm-layers-'));
  temporary.push(directory);
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const [file, imports] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    const text = imports === '' ? 'export type T = number;\n' : `export type { T } from '${imports}';\n`;
    writeFileSync(join(directory, file), text);
  }
  return directory;
}

test('the harness keeps its layers, and they were looked at', () => {
  const summary = cruise(root);
  expect(summary.totalCruised).toBeGreaterThan(40);
  expect(summary.violations.map((violation) => violation.rule.name)).toEqual([]);
});

test.each([
  ['an import upwards', 'harness/model/a.ts', '../cli/b.ts', 'no-import-upwards-from-model'],
  ['from search into measure', 'harness/search/a.ts', '../measure/b.ts', 'no-import-upwards-from-search'],
  ['a look into a peer', 'harness/dataplane/a.ts', '../testbed/local.ts', 'peers-do-not-know-each-other'],
  ['traffic from a data plane', 'harness/dataplane/a.ts', '../traffic/b.ts', 'peers-do-not-know-each-other'],
  ['an unknown layer', 'harness/cli/a.ts', '../utils/b.ts', 'known-layers-only'],
])('a planted violation is found: %s', (_name, from, to, rule) => {
  const directory = planted({ [from]: to, [join(dirname(from), to)]: '' });
  expect(cruise(directory).violations.map((violation) => violation.rule.name)).toContain(rule);
});

test('a planted reading of files in a pure layer is found', () => {
  const directory = planted({ 'harness/stats/a.ts': 'node:fs' });
  expect(cruise(directory).violations.map((violation) => violation.rule.name)).toContain('pure-layers');
});

test('what the layers allow is let through', () => {
  const directory = planted({
    'harness/dataplane/a.ts': '../testbed/env.ts',
    'harness/testbed/env.ts': '../model/b.ts',
    'harness/model/b.ts': '',
  });
  expect(cruise(directory)).toMatchObject({ totalCruised: 3, violations: [] });
});
