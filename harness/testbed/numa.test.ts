import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeOfCore } from './numa.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-nodes-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const machine = (nodes: Readonly<Record<string, readonly number[]>>) => {
  for (const [node, cores] of Object.entries(nodes))
    for (const name of ['cpulist', ...cores.map((core) => `cpu${core}`)])
      mkdirSync(join(dir, node, name), { recursive: true });
};

test('on a machine with several nodes a core has the one that it is on', () => {
  machine({ node0: [0, 1], node2: [2, 12], node10: [], has_cpu: [7] });
  expect([0, 1, 2, 12].map((core) => nodeOfCore(core, dir))).toEqual([0, 0, 2, 2]);
  expect(nodeOfCore(7, dir)).toBeNull();
});

test('with one node, or where the kernel has none, there is no choice', () => {
  machine({ node0: [0, 1] });
  expect(nodeOfCore(0, dir)).toBeNull();
  expect(nodeOfCore(0, join(dir, 'missing'))).toBeNull();
});
