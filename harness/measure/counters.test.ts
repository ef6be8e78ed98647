import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Names in the programs' sources; `nf%u` or `nf%d` there is `nf<i>` here. */
function namesInSources(): string[] {
  const files = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => /^(gen|netvmd|vswitch|nflib|nfs|base)\/.*\.[ch]$/.test(file));
  expect(sources.length).toBeGreaterThan(20);
  const texts = sources.map((file) => readFileSync(join(root, 'native', file), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/"((?:drop|inflight)\.[^"]+)"/g)].map(([, name = '']) => name.replace(/%[ud]/, '<i>')),
  );
}

test('docs/counters.md names every place where a packet can be, as the programs do', () => {
  const table = readFileSync(join(root, 'docs/counters.md'), 'utf8');
  const documented = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  expect(documented).toContain('drop.wire.full');
  expect(documented.toSorted()).toEqual([...new Set(namesInSources())].sort());
  expect(new Set(documented).size).toBe(documented.length);
});
