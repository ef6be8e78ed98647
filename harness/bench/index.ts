import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stateOf } from '../regress/state.ts';
import { groupsOf, indexRuns, readSeries } from '../store/index/index.ts';
import type { RunIndex, SeriesFilter } from '../store/index/index.ts';
import { writeNight } from '../store/nights.fixture.ts';
import { runMain } from './run-main.ts';

/**
 * How long it takes to index so many runs, and to ask the index.
 *
 *     node harness/bench/index.ts [--runs 10000] [--index postgresql://…] [--dir DIR] [--json] [--out FILE]
 *
 * The archives are the tests' synthetic ones, written as the harness writes them, but without trials, which the index does not read: 14 cells and
 * 35 series, a night each. They are taken away again, unless --dir says where they are to stay. Goals: 10,000 runs indexed within a minute, any query within a second.
 * With --index it is that database, which has to be empty; what is written there stays.
 * Not a goal: a cold disk. What was just written is in the page cache.
 */
export interface IndexBench {
  readonly runs: number;
  readonly series: number;
  readonly figures: number;
  /** Of a new index, in seconds, and of a core. */
  readonly buildSeconds: number;
  readonly buildCpuSeconds: number;
  /** Nothing has changed. */
  readonly updateSeconds: number;
  /** The slowest of three, in seconds. */
  readonly queries: readonly { readonly name: string; readonly series: number; readonly seconds: number }[];
  /** Detection of changes in all series of the last query, in seconds: no part of it, and beside it in every command. */
  readonly detectSeconds: number;
  readonly indexBytes: number;
}

const minChange = 0.02;

export async function benchIndex(
  runs: number,
  dir: string,
  address: string | null = null,
): Promise<IndexBench> {
  for (let i = 0; i < runs; i++) await writeNight(dir, i, { level: i < runs / 2 ? 1 : 0.95 });
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const { index, update } = await indexRuns(dir, { address });
  const buildSeconds = secondsSince(began);
  const { user, system } = process.cpuUsage(cpu);
  if (update.read !== runs) throw new Error(`expected ${runs} archives read, got ${update.read}`);
  await index.close();
  const again = performance.now();
  const { index: same, update: unchanged } = await indexRuns(dir, { address });
  const updateSeconds = secondsSince(again);
  if (unchanged.read !== 0) throw new Error(`expected nothing to be read anew, got ${unchanged.read}`);
  try {
    return {
      runs,
      ...(await countsOf(same)),
      buildSeconds,
      buildCpuSeconds: (user + system) / 1e6,
      updateSeconds,
      ...(await askAll(same, dir)),
    };
  } finally {
    await same.close();
  }
}

const queries: readonly (readonly [string, SeriesFilter])[] = [
  ['one series, a year', { cell: 'netvm, forward, 64 B', metric: 'throughputPps' }],
  ['one series, 2,000 runs', { cell: 'netvm, forward, 64 B', metric: 'throughputPps', runsMax: 2_000 }],
  ['all throughputs, a year', { metric: 'throughputPps' }],
  ['all series, a year', {}],
];

async function askAll(index: RunIndex, dir: string): Promise<Pick<IndexBench, 'queries' | 'detectSeconds'>> {
  const asked: IndexBench['queries'][number][] = [];
  for (const [name, filter] of queries) {
    const seconds: number[] = [];
    let found = 0;
    for (let i = 0; i < 3; i++) {
      const began = performance.now();
      const { series, documents } = await readSeries(index, filter, dir);
      groupsOf(documents, series);
      seconds.push(secondsSince(began));
      found = series.length;
    }
    asked.push({ name, series: found, seconds: Math.max(...seconds) });
  }
  const { series } = await readSeries(index, {}, dir);
  const began = performance.now();
  for (const one of series) stateOf(one, { minChange });
  return { queries: asked, detectSeconds: secondsSince(began) };
}

async function countsOf(index: RunIndex): Promise<Pick<IndexBench, 'series' | 'figures' | 'indexBytes'>> {
  const count = async (table: string) =>
    Number((await index.all(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.['n']);
  return {
    series: await count('series'),
    figures: await count('figures'),
    indexBytes: await index.sizeBytes(),
  };
}

function secondsSince(beganMs: number): number {
  return (performance.now() - beganMs) / 1000;
}

function inWords(bench: IndexBench): string {
  const { runs, series, figures, buildSeconds, buildCpuSeconds, updateSeconds, detectSeconds } = bench;
  const width = Math.max(...bench.queries.map(({ name }) => name.length));
  return [
    `${runs} runs indexed in ${buildSeconds.toFixed(1)} s (${buildCpuSeconds.toFixed(1)} s of a core): ${series} series, ${figures} figures, ${(bench.indexBytes / 1e6).toFixed(0)} MB`,
    `nothing new: ${updateSeconds.toFixed(2)} s`,
    ...bench.queries.map(
      (query) => `${query.name.padEnd(width)}  ${query.seconds.toFixed(3)} s  (${query.series} series)`,
    ),
    `changes in all series of a year: ${detectSeconds.toFixed(2)} s`,
  ].join('\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '10000' },
      dir: { type: 'string' },
      index: { type: 'string' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 20_000) {
    process.stderr.write(`index: --runs: expected a whole number from 1 to 20000, got ${values.runs}\n`);
    process.exitCode = 2;
    return;
  }
  const dir =
    values.dir === undefined ? mkdtempSync(join(tmpdir(), 'netvm-bench-index-')) : resolve(values.dir);
  mkdirSync(dir, { recursive: true });
  try {
    const result = await benchIndex(runs, dir, values.index ?? null);
    const json = JSON.stringify(result, null, 2);
    process.stdout.write(`${values.json ? json : inWords(result)}\n`);
    if (values.out !== undefined) await writeFile(values.out, `${json}\n`);
  } finally {
    if (values.dir === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

if (import.meta.main) await runMain('index', main);
