import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { afterAll, describe, expect, test } from 'vitest';
import { layer1Gbps } from '../../model/units.ts';
import type { LatencySummary, Run } from '../../model/run.ts';
import { syntheticRun } from '../../store/fixture.ts';
import { goalFound, logOf, methodsRun, searchRun, writeArchive } from './archive.fixture.ts';
import { readExportSource } from './source.ts';
import { utiSchema } from './uti-schema.ts';
import { writeExports } from './write.ts';

const made: string[] = [];
afterAll(async () => {
  for (const dir of made) await rm(dirname(dir), { recursive: true, force: true });
});

async function utiFiles(run: Run, logs: Record<string, string> = {}, facts?: []) {
  const dir = await writeArchive({ run, logs, ...(facts && { facts }) });
  made.push(dir);
  const source = await readExportSource(dir, { isPartial: false });
  const { files, notes } = await writeExports([source], 'uti', `${dir}-uti`);
  const tests = await Promise.all(
    files.map(async ({ file }) => utiSchema.parse(JSON.parse(await readFile(file, 'utf8')))),
  );
  return { tests, notes, files };
}

describe('UTI', () => {
  test('a search for NDR and PDR fills both, with the bandwidth of the wire', async () => {
    const { tests, notes } = await utiFiles(searchRun([goalFound(0, 9e6), goalFound(0.005, 9.5e6)]));
    expect(notes).toEqual([]);
    const bound = (pps: number) => ({
      lower: {
        rate: { value: pps, unit: 'pps' },
        bandwidth: { value: 1e9 * layer1Gbps(pps, 64), unit: 'bps' },
      },
    });
    expect(tests).toMatchObject([
      {
        version: '1.5.1',
        test_type: 'ndrpdr',
        test_id: 'synthetic-fixture.local-64b-1c-netvm-process-forward-rfc2544',
        dut_type: 'netvm',
        dut_version: '0'.repeat(40),
        tg_type: 'native',
        hosts: ['synthetic-host'],
        start_time: '2000-01-01T00:00:00.000Z',
        end_time: '2000-01-01T00:03:00.000Z',
        duration: 180,
        passed: true,
        message: '',
        result: { type: 'ndrpdr', ndr: bound(9e6), pdr: bound(9.5e6) },
      },
    ]);
    expect(tests[0]?.tags).toEqual(expect.arrayContaining(['NDRPDR', '64B', 'PROVENANCE_MODELLED']));
    expect(tests[0]?.result).not.toHaveProperty('latency_forward');
  });

  test('what is not known is left out and named, never made up', async () => {
    const { finishedAt: _, ...run } = searchRun([goalFound(0, 9e6, 0)]);
    const { tests, notes } = await utiFiles(
      { ...run, finishedAt: null, status: 'interrupted', generator: null },
      {},
      [],
    );
    expect(notes).toEqual([
      "not known, so left out, although CSIT's schema wants them: hosts (1), dut_version (1), tg_type (1), tg_version (1), end_time (1), duration (1), result.pdr (1)",
    ]);
    expect(tests[0]).not.toHaveProperty('end_time');
    expect(tests[0]?.result).toMatchObject({ type: 'ndrpdr', ndr: { lower: { rate: { value: 9e6 } } } });
    expect(tests[0]?.tags).toContain('EXCEED_RATIO_0');
  });

  test('a goal that allows more than CSIT is neither NDR nor PDR', async () => {
    const { tests, notes } = await utiFiles(searchRun([goalFound(0, 9e6, 0.7), goalFound(0.01, 9e6)]));
    expect(tests).toEqual([]);
    expect(notes[0]).toContain(
      "CSIT's model has no test for cells of these methods, so they are left out: rfc2544 (1)",
    );
  });

  test('latencies are in microseconds and decode, where their loads are shares of the PDR', async () => {
    const loads = { '0': [2_000], '10': [4_000, 8_000], '50': [16_400], '90': [1_000_000] };
    const latencyNs = Object.fromEntries(
      Object.keys(loads).map((load) => {
        const [first] = Object.values(syntheticRun().results[0]?.latencyNs ?? {});
        return [
          load,
          { ...(first as LatencySummary), verdict: 'valid' as const, hlog: `latency/at-${load}.hlog` },
        ];
      }),
    );
    const logs = Object.fromEntries(Object.entries(loads).map(([load, ns]) => [`at-${load}`, logOf(ns)]));
    const { tests } = await utiFiles(searchRun([goalFound(0.005, 9e6)], latencyNs), logs);
    const result = tests[0]?.result as { latency_forward: Record<string, { hdrh: string }> };
    expect(result.latency_forward).toMatchObject({
      pdr_0: { min: 2, avg: 2, max: 2, unit: 'us' },
      pdr_10: { min: 4, avg: 6, max: 8 },
      pdr_50: { min: 16, avg: 16, max: 16 },
      pdr_90: { avg: 1_000 },
    });
    const histogram = decodeFromCompressedBase64(result.latency_forward['pdr_10']?.hdrh ?? '', 64);
    expect([histogram.totalCount, histogram.getValueAtPercentile(50), histogram.maxValue]).toEqual([
      2_000, 4, 8,
    ]);
    // Without one of them the model has none.
    const { '0': _, ...three } = latencyNs;
    const without = await utiFiles(searchRun([goalFound(0.005, 9e6)], three), logs);
    expect(without.tests[0]?.result).not.toHaveProperty('latency_forward');
  });

  test('a maximum receive rate has its values; a cell that failed has not passed, and says why', async () => {
    const { tests, notes } = await utiFiles(methodsRun());
    const mrr = tests.filter((one) => one.test_type === 'mrr');
    expect(mrr[0]?.result).toEqual({
      type: 'mrr',
      // Of the values themselves: half of what is between the two.
      receive_rate: { rate: { values: [9e6, 9.2e6], avg: 9.1e6, stdev: 1e5, unit: 'pps' } },
    });
    expect(notes[0]).toMatch(
      /back-to-back \(\d\), frame-loss \(\d\), soak \(\d\), recovery \(\d\), reset \(\d\)/,
    );
    const run = searchRun([goalFound(0, 9e6)]);
    const results = run.results.map((result) => ({
      ...result,
      verdict: 'failed' as const,
      reason: 'an NF\u001b died',
    }));
    const failed = await utiFiles({ ...run, results });
    expect(failed.tests).toMatchObject([
      { passed: false, message: 'failed: an NF\ufffd died', result: { type: 'unknown' } },
    ]);
  });

  test('names of an archive become file names and nothing else', async () => {
    const run = searchRun([goalFound(0, 9e6)]);
    const results = [...run.results, ...run.results].map((result) => ({
      ...result,
      cell: { ...result.cell, nfs: ['../../evil', 'a b/c'] },
    }));
    const { files } = await utiFiles({ ...run, testbed: '../..', results });
    expect(files.map(({ file }) => file.split('/').at(-1))).toEqual([
      '_-64b-1c-netvm-process-_evil-a_b_c-rfc2544.info.json',
      '_-64b-1c-netvm-process-_evil-a_b_c-rfc2544-2.info.json',
    ]);
  });
});
