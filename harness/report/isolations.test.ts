import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CellResult, Run } from '../model/run.ts';
import { syntheticFacts, writeSyntheticArchive } from '../store/fixture.ts';
import { syntheticIsolationsRun, syntheticIsolationsTrials } from '../store/isolations.fixture.ts';
import type { Figure } from './figure.ts';
import { makeReport, type Report } from './html.ts';

let dir = '';
let whole: Report;

async function reportOf(name: string, run: Run): Promise<Report> {
  await writeSyntheticArchive(join(dir, name), run, syntheticFacts(), syntheticIsolationsTrials(run));
  return makeReport([join(dir, name)]);
}

const figure = ({ figures }: Report, name: string): Figure => {
  const found = figures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${figures.map((one) => one.name).join()}`);
  return found;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-isolations-'));
  whole = await reportOf('whole', syntheticIsolationsRun());
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

describe('the price of isolation', () => {
  test('is said of each step and chain, with its interval, and of nothing that is emulated', () => {
    const { reading } = figure(whole, 'throughput-64-b');
    const through = String.raw`40\.\d+ % \(39\.\d+ % to 40\.\d+ %\) through`;
    expect(reading).toMatch(
      new RegExp(
        `A process for each NF instead of none costs ${through} 1 NF, ${through} 3 NFs and ${through} 5 NFs\\.`,
      ),
    );
    expect(reading).toMatch(
      /A microvm for each NF instead of a process costs 5\.\d+ % \(4\.\d+ % to 5\.\d+ %\) through 1 NF/,
    );
    expect(reading).not.toMatch(/virtual machine|vm · emulated/i);
    const apart = figure(whole, 'throughput-64-b-virtual-machines-emulated').reading;
    expect(apart).toMatch(/^NetVM · vm · emulated carries [^.]*\.[^.]*\.[^.]*\.$/);
  });

  test('of virtual machines that are not emulated is said like the others', async () => {
    const run = syntheticIsolationsRun();
    const results = run.results.map((result): CellResult => ({ ...result, provenance: 'modelled' }));
    const { reading } = figure(await reportOf('kvm', { ...run, results }), 'throughput-64-b');
    expect(reading).toMatch(/A virtual machine for each NF instead of a process costs 83\.\d+ % /);
  });

  test('where the trials lie over each other nothing shows, but never by way of something emulated', async () => {
    const run = syntheticIsolationsRun();
    const [process] = run.results.filter(({ cell }) => cell.isolation === 'process' && cell.nfs.length === 5);
    if (process === undefined) throw new Error('the fixture has no processes');
    const results = (['microvm', 'vm'] as const).map((isolation): CellResult => {
      const provenance = isolation === 'vm' ? 'emulated' : 'modelled';
      return { ...process, provenance, cell: { ...process.cell, isolation } };
    });
    const { reading } = figure(
      await reportOf('same', { ...run, results: [process, ...results] }),
      'throughput-64-b',
    );
    expect(reading).toContain('instead of a process costs nothing that these data show');
    expect(reading).toContain('the bounds of NetVM · process and NetVM · microvm overlap');
    expect(reading).not.toMatch(/overlap[^.]*vm · emulated|vm · emulated[^.]*overlap/);
  });
});

describe('start and memory of NFs', () => {
  test('have a chart each, and what is emulated has its own', () => {
    const { figures } = whole;
    expect(figures.map(({ name }) => name).filter((name) => name.startsWith('nf-'))).toEqual([
      ...['nf-start', 'nf-memory', 'nf-start-emulated', 'nf-memory-emulated'],
    ]);
    for (const { name, chart } of figures.filter((one) => one.name.startsWith('nf-'))) {
      const isEmulated = name.endsWith('-emulated');
      expect(chart.svg.includes('vm · emulated'), name).toBe(isEmulated);
      expect(chart.svg.includes('NetVM · process'), name).toBe(!isEmulated);
      expect(chart.provenance, name).toBe(isEmulated ? 'emulated' : 'modelled');
    }
  });

  test('are read out of the shortest and the longest chain, with the range of their NFs', () => {
    expect(figure(whole, 'nf-start').reading).toBe(
      'Ready after NetVM · inline 800 µs in a chain of 1 NF and 1.60 ms (800 µs to 2.4 ms) in a chain of 5 NFs; ' +
        'NetVM · process 16 ms in a chain of 1 NF and 32 ms (16 ms to 48 ms) in a chain of 5 NFs; ' +
        'NetVM · microvm 9.0 ms in a chain of 1 NF and 18 ms (9.0 ms to 27 ms) in a chain of 5 NFs.',
    );
    expect(figure(whole, 'nf-memory').reading).toContain('NetVM · process 293 KiB in a chain of 1 NF');
    expect(figure(whole, 'nf-memory-emulated').reading).toContain('NetVM · vm · emulated 86 MiB in a chain');
  });

  test('the axis spans whole powers of ten, and a bar begins at the first', () => {
    const { svg } = figure(whole, 'nf-start').chart;
    const ticks = [...svg.matchAll(/<text[^>]*>([0-9.]+)<\/text>/g)].map(([, tick]) => tick);
    expect(ticks).toEqual(['0.1', '1', '10', '100']);
    expect(svg).toContain('from the request until ready, ms, log scale');
  });

  test('cells that differ in their packets alone are one row', async () => {
    const run = syntheticIsolationsRun();
    const large = run.results.map((result) => ({
      ...result,
      cell: { ...result.cell, frameSizeBytes: 1518 },
    }));
    const both = await reportOf('both', { ...run, results: [...run.results, ...large] });
    const marks = (report: Report) =>
      figure(report, 'nf-start').chart.svg.match(/<path aria-label=/g)?.length;
    expect(marks(both)).toBe(marks(whole));
    expect(figure(both, 'nf-start').chart.svg).toContain('(10 NFs)');
  });

  test('are not there where no cell has them', async () => {
    const run = syntheticIsolationsRun();
    const results = run.results.map(({ nfCosts: _, ...result }): CellResult => result);
    const { figures } = await reportOf('none', { ...run, results });
    expect(figures.filter(({ name }) => name.startsWith('nf-'))).toEqual([]);
  });
});
