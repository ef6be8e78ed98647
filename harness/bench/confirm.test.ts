import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { machineKinds, machineOf } from './confirm-machine.ts';
import type { ConfirmRow } from './confirm.ts';

const bench = resolve(import.meta.dirname, 'confirm.ts');

test('the benchmark runs: nothing is confirmed that is not there, and what shows is found', () => {
  const gates = 40;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [bench, '--gates', String(gates), '--json'],
    {
      encoding: 'utf8',
    },
  );
  expect(status, stderr).toBe(0);
  const rows = JSON.parse(stdout) as ConfirmRow[];
  const falselyRed = rows.reduce((sum, row) => sum + row.falselyRed * row.gates, 0);
  // 1 % of all gates is promised; far fewer are, since most changes are far from the floor.
  expect(falselyRed / (gates * rows.length)).toBeLessThan(0.003);
  for (const row of rows) expect(row.falselyRed, JSON.stringify(row)).toBeLessThan(0.08);
  const power = (kind: string, floor: number, change: number, roundsMax: number) =>
    rows.find(
      (row) =>
        row.kind === kind && row.floor === floor && row.change === change && row.roundsMax === roundsMax,
    )?.confirmed ?? Number.NaN;
  expect(power('noise 1 %', 0.01, -0.03, 20)).toBeGreaterThan(0.95);
  expect(power('noise 1 %', 0.05, -0.1, 12)).toBe(1);
  expect(power('noise 10 %', 0.05, -0.2, 20)).toBeGreaterThan(0.8);
  expect(power('drift', 0.05, -0.1, 20)).toBeGreaterThan(0.9);
  // More than that cannot be seen in such noise, and is not claimed.
  expect(power('noise 30 %', 0.05, -0.1, 20)).toBeLessThan(0.1);
});

test.each(machineKinds)('%s: the same machine for a seed, another for another', (kind) => {
  const play = (seed: number) => {
    const machine = machineOf(kind, seed);
    return Array.from({ length: 50 }, () => {
      machine.pass();
      return machine.measure(1);
    });
  };
  expect(play(3)).toEqual(play(3));
  expect(play(4)).not.toEqual(play(3));
});

test('a senseless number of gates is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, [bench, '--gates', '0'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'confirm: --gates: expected a whole number from 1 to 100000, got 0\n',
  });
});
