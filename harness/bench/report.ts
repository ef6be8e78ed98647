import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CellResult, LatencySummary, Run } from '../model/run.ts';
import { writeReport } from '../report/html.ts';
import { emptyHistogram, summarize, toHlog } from '../stats/hdr.ts';
import { writeChecksums } from '../store/checksums.ts';
import { syntheticFacts, syntheticRun, syntheticTrials } from '../store/fixture.ts';
import { runMain } from './run-main.ts';

/**
 * How long the report of a run with many cells takes, and how big its page is.
 *
 *     node harness/bench/report.ts [--cells 2000] [--dir DIR] [--json]
 *
 * The archive is made up: two data planes, twenty kinds of frames, chains of 1 to 10 NFs; each cell with latencies at three loads, an HDR
 * log for each, and nine trials. It is taken away again, unless --dir says where it is to stay. Goals: 2,000 cells within 5 s, a page below 5 MB. Not a goal: a cold disk.
 */
export interface ReportBench {
  readonly cells: number;
  readonly trials: number;
  readonly charts: number;
  readonly renderSeconds: number;
  readonly pageBytes: number;
}

/** With `hlogsMax` several cells share an HDR log, which saves a test the time to write them. */
export async function benchReport(cells: number, dir: string, hlogsMax = Infinity): Promise<ReportBench> {
  const run = await writeManyCells(cells, dir, hlogsMax);
  const page = join(dir, 'report.html');
  const began = performance.now();
  const { figures } = await writeReport([dir], page);
  const renderSeconds = (performance.now() - began) / 1000;
  const { size } = await stat(page);
  return {
    cells: run.results.length,
    trials: run.results.length * trialsEach,
    charts: figures.length,
    renderSeconds,
    pageBytes: size,
  };
}

const trialsEach = 9;
const frameKinds = 20;
const nfs = ['forward', 'firewall', 'monitor', 'router', 'nat'];

async function writeManyCells(cells: number, dir: string, hlogsMax: number): Promise<Run> {
  await mkdir(join(dir, 'latency'), { recursive: true });
  const example = syntheticRun().results.find(({ cell }) => cell.nfs.length === 3);
  if (example === undefined) throw new Error('the synthetic run has no chain of 3');
  const known: Record<string, LatencySummary>[] = [];
  const results: CellResult[] = [];
  for (let index = 0; index < cells; index += 1) {
    const result = manyth(example, index);
    const latencyNs = known[index % hlogsMax] ?? (await latencies(dir, index, result.throughput?.pps ?? 1));
    if (known.length < hlogsMax) known.push(latencyNs);
    results.push({ ...result, latencyNs });
  }
  const run = { ...syntheticRun(), id: 'synthetic-many', results };
  const trials = syntheticTrials(run).flatMap((trial) =>
    Array.from({ length: Math.ceil(trialsEach / 2) }, () => `${JSON.stringify(trial)}\n`),
  );
  await writeFile(join(dir, 'trials.jsonl'), trials.join(''));
  await writeFile(join(dir, 'facts.json'), JSON.stringify(syntheticFacts()));
  await writeFile(join(dir, 'run.json'), JSON.stringify(run));
  await writeChecksums(dir);
  return run;
}

/** Every cell is another: data plane, then kind of frames, then chain. */
function manyth(example: CellResult, index: number): CellResult {
  const kind = Math.floor(index / 2) % frameKinds;
  const chain = Math.floor(index / 2 / frameKinds);
  const length = (chain % 10) + 1;
  const first = Math.floor(chain / 10);
  const isNetvm = index % 2 === 0;
  const pps = (isNetvm ? 15e6 : 6e6) / length / (1 + kind / 4);
  return {
    ...example,
    cell: {
      ...example.cell,
      dataplane: isNetvm ? 'netvm' : 'vhost-user',
      nfs: Array.from({ length }, (_, at) => nfs[(at + first) % nfs.length] ?? 'forward'),
      frameSizeBytes: 64 + 72 * kind,
    },
    verdict: index % 7 === 3 ? 'disturbed' : 'valid',
    reason: index % 7 === 3 ? 'Packets were lost in gaps of the machine: synthetic reason.' : null,
    throughput: { pps, gbps: pps / 1e6, lowerPps: pps, upperPps: pps * 1.02 },
  };
}

async function latencies(dir: string, index: number, pps: number): Promise<Record<string, LatencySummary>> {
  const latencyNs: Record<string, LatencySummary> = {};
  for (const load of [10, 50, 90]) latencyNs[load] = await latency(dir, index, load, 1e10 / pps);
  return latencyNs;
}

async function latency(dir: string, index: number, load: number, baseNs: number): Promise<LatencySummary> {
  const histogram = emptyHistogram();
  for (let sample = 1; sample <= 400; sample += 1)
    histogram.recordValue(Math.round(baseNs * (1 + load / 100 + (sample / 100) ** 3 / 10)));
  const hlog = `latency/${index}-${load}.hlog`;
  await writeFile(
    join(dir, hlog),
    toHlog(histogram, { startMs: 0, durationMs: 500, comments: ['synthetic'] }),
  );
  const summary = summarize(histogram, hlog);
  if (summary === null) throw new Error('a histogram of 400 samples has a summary');
  return summary;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cells: { type: 'string', default: '2000' },
      dir: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const cells = Number(values.cells);
  if (!Number.isInteger(cells) || cells < 1 || cells > 10_000) {
    process.stderr.write(`report: --cells: expected a whole number from 1 to 10000, got ${values.cells}\n`);
    process.exitCode = 2;
    return;
  }
  const dir =
    values.dir === undefined ? mkdtempSync(join(tmpdir(), 'netvm-bench-report-')) : resolve(values.dir);
  try {
    const bench = await benchReport(cells, dir);
    const { trials, charts, renderSeconds, pageBytes } = bench;
    const words = `${cells} cells, ${trials} trials: ${charts} charts, ${renderSeconds.toFixed(1)} s, ${(pageBytes / 1e6).toFixed(2)} MB`;
    process.stdout.write(`${values.json ? JSON.stringify(bench, null, 2) : words}\n`);
  } finally {
    if (values.dir === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

if (import.meta.main) await runMain('report', main);
