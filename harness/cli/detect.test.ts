import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { simulate } from '../bench/regress-simulator.ts';

const main = resolve(import.meta.dirname, 'main.ts');
let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-detect-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function detect(...args: string[]) {
  return spawnSync(process.execPath, [main, 'detect', ...args], { cwd: base, encoding: 'utf8' });
}

/** 60 runs of 1 % noise; from the 40th on `size` more or less. */
function write(name: string, size: number, { control = false } = {}): void {
  const noise = (seed: number) =>
    simulate('quiet', 60, seed).series.values.map((value) => (value ?? 0) / 1e6);
  const [values, controls] = [noise(1), noise(2)];
  const lines = values.map((value, i) => {
    const scale = i < 40 ? 1 : 1 + size;
    return `${i + 1},${(value * scale).toFixed(4)}${control ? `,${((controls[i] ?? 0) * scale).toFixed(4)}` : ''}`;
  });
  writeFileSync(join(base, name), `time,value${control ? ',control' : ''}\n${lines.join('\n')}\n`);
}

test('--json is a list of changes and nothing else', () => {
  write('s.csv', -0.05);
  const { status, stdout, stderr } = detect('s.csv', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const changes = JSON.parse(stdout) as unknown[];
  expect(changes).toMatchObject([{ index: 40, time: '41', kind: 'regression' }]);
  expect(Object.keys(changes[0] as object).slice(0, 4)).toEqual([
    'index',
    'before',
    'after',
    'relativeChange',
  ]);
});

test('in words: what changed, where, by how much and how sure that is', () => {
  write('s.csv', -0.05);
  expect(detect('s.csv').stdout).toMatch(
    /^s\.csv: 60 runs from 1 to 60, higher is better\nregression at run 40 \(41\): [\d.]+ -> [\d.]+, -[45]\.\d %; seen by 3 of 3 methods, p = \de-\d+\n$/,
  );
  expect(detect('s.csv', '--better', 'lower').stdout).toContain('improvement at run 40');
  expect(detect('s.csv', '--min-change', '10%').stdout).toContain('no change of 10 % or more');
});

test('no change is an empty list, and said', () => {
  write('s.csv', 0);
  expect(JSON.parse(detect('s.csv', '--json').stdout)).toEqual([]);
  expect(detect('s.csv').stdout).toContain('no change of 1 % or more');
});

test('a shift of the testbed is no change of the device, and said', () => {
  write('s.csv', -0.1, { control: true });
  expect(JSON.parse(detect('s.csv', '--json').stdout)).toEqual([]);
  expect(detect('s.csv').stdout).toMatch(
    /shift of the testbed at run 40 .*; the control moved by -\d+\.\d %\nno change/,
  );
});

test.each<[string, string[], string]>([
  ['no such file', ['none.csv'], 'netvm: none.csv: there is no such file'],
  ['a device', ['/dev/zero'], 'netvm: /dev/zero: it is not a plain file'],
  ['a directory', ['.'], 'netvm: .: it is not a plain file'],
  ['a bad header', ['bad.csv'], 'bad.csv:1:1: unknown column "a"; expected a header such as time,value'],
  ['too few runs', ['few.csv'], 'few.csv:4:1: not enough data: 3 of 6 runs with a value'],
  ['a giant file', ['giant.csv'], 'netvm: giant.csv: it has 5000000 bytes; expected at most 4194304'],
  [
    'a way that is none',
    ['few.csv', '--better', 'up'],
    'netvm: --better: expected higher (rates) or lower (latencies), got "up"',
  ],
  [
    'a share that is none',
    ['few.csv', '--min-change', '2'],
    'netvm: --min-change: expected a share from 0.1% to 100%, such as 2%, got "2"',
  ],
])('%s: exit 2, and what was expected', (_name, args, message) => {
  writeFileSync(join(base, 'bad.csv'), 'a,b\n1,2\n');
  writeFileSync(join(base, 'few.csv'), 'time,value\n1,2\n2,2\n3,2\n');
  writeFileSync(join(base, 'giant.csv'), Buffer.alloc(5_000_000, 'x'));
  const { status, stdout, stderr } = detect(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr.slice(0, message.length)).toBe(message);
});

test('help has examples', () => {
  const { status, stdout } = detect('--help');
  expect(status).toBe(0);
  expect(stdout).toContain('./netvm detect latency.csv --better lower --min-change 2%');
});
