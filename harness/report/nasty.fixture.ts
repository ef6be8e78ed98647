import type { CellResult, Run } from '../model/run.ts';
import { syntheticMethodsRun } from '../store/figures.fixture.ts';
import { syntheticRun } from '../store/fixture.ts';

/** Runs that are hard to draw: where labels would meet, be cut off, or say too much. For tests. */
export function nastyRuns(): Record<string, Run> {
  return {
    'long names': chains([
      ['a-network-function-with-a-very-long-name', 'another-network-function-with-a-long-name'],
      ['W'.repeat(60), 'firewall'],
      ['forward', 'firewall', 'monitor'],
      ['monitor', 'firewall', 'forward'],
    ]),
    '1 and 32 NFs': chains([['forward'], Array.from({ length: 32 }, () => 'forward')]),
    'every length to 32': chains(
      Array.from({ length: 32 }, (_, index) => Array.from({ length: index + 1 }, () => 'forward')),
    ),
    'many sizes': sizes([64, 128, 256, 512, 1024, 1280, 1400, 1518]),
    'all disturbed': change((result) => ({
      ...result,
      verdict: 'disturbed',
      reason: `Packets were lost in gaps. ${'A long reason goes on. '.repeat(20)}`,
    })),
    'huge numbers': change((result) => scaled(result, 1e9)),
    'tiny numbers': change((result) => scaled(result, 1e-7)),
    'far apart': change((result) => scaled(result, result.cell.dataplane === 'netvm' ? 1e6 : 1e-6)),
    'all alike': change((result) => ({
      ...result,
      verdict: 'valid',
      throughput: { pps: 9e6, gbps: 6, lowerPps: 9e6, upperPps: 9.1e6 },
    })),
    'hostile text': hostile(),
    'emulated beside measured': change((result) => ({
      ...result,
      provenance: result.cell.dataplane === 'vhost-user' ? 'emulated' : 'measured-virtual',
    })),
    'three kinds of NetVM': variants(),
    methods: syntheticMethodsRun(),
    'methods of long chains': longMethods(),
  };
}

function change(of: (result: CellResult) => CellResult): Run {
  const run = syntheticRun();
  return { ...run, results: run.results.map(of) };
}

function chains(all: readonly (readonly string[])[]): Run {
  const run = syntheticRun();
  const examples = run.results.filter(({ cell }) => cell.frameSizeBytes === 64 && cell.nfs.length === 3);
  return {
    ...run,
    results: all.flatMap((nfs) => examples.map((result) => ({ ...result, cell: { ...result.cell, nfs } }))),
  };
}

function sizes(all: readonly number[]): Run {
  const run = syntheticRun();
  const examples = run.results.filter(({ cell }) => cell.frameSizeBytes === 64);
  return {
    ...run,
    results: all.flatMap((frameSizeBytes) =>
      examples.map((result) => ({ ...result, cell: { ...result.cell, frameSizeBytes } })),
    ),
  };
}

/** Rates times a factor, latencies too. */
function scaled(result: CellResult, factor: number): CellResult {
  const { throughput } = result;
  return {
    ...result,
    throughput: throughput && {
      pps: throughput.pps * factor,
      gbps: throughput.gbps * factor,
      lowerPps: throughput.lowerPps * factor,
      upperPps: throughput.upperPps === null ? null : throughput.upperPps * factor,
    },
    latencyNs: Object.fromEntries(
      Object.entries(result.latencyNs).map(([load, summary]) => [
        load,
        {
          ...summary,
          ...{ p50: summary.p50 * factor, p90: summary.p90 * factor },
          ...{ p99: summary.p99 * factor, p999: summary.p999 * factor },
        },
      ]),
    ),
  };
}

function hostile(): Run {
  const text =
    '</text></svg><script>alert(1)</script>"\'`&<img src=x onerror=alert(1)>|[x](javascript:y)\u202e';
  const run = chains([[text, 'forward'], ['forward', text], ['forward']]);
  const results = run.results.map((result): CellResult => ({
    ...result,
    verdict: 'disturbed',
    reason: text,
  }));
  return { ...run, id: `x${text}`, command: `./netvm run ${text}`, testbed: text, results };
}

function variants(): Run {
  const run = syntheticRun();
  const other = { trustDomains: 2 };
  const netvm = run.results.filter(({ cell }) => cell.dataplane === 'netvm');
  return {
    ...run,
    results: [
      ...run.results,
      ...netvm.map((result) => ({
        ...scaled(result, 1.2),
        cell: { ...result.cell, isolation: 'none' as const },
      })),
      ...netvm.map((result) => ({ ...scaled(result, 0.8), cell: { ...result.cell, ...other } })),
    ],
  };
}

function longMethods(): Run {
  const run = syntheticMethodsRun();
  return {
    ...run,
    results: run.results.flatMap((result) =>
      [1, 2, 32].map((length) => ({
        ...result,
        cell: { ...result.cell, nfs: Array.from({ length }, (_, i) => `a-function-with-a-name-${i % 3}`) },
      })),
    ),
  };
}
