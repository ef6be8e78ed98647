import { expect, test } from 'vitest';
import type { NetvmdStatus } from '../native/netvmd-protocol.ts';
import { sampleChains } from './chains.ts';
import type { RunningProgram } from './find.ts';
import { readingOf } from './netvmd.ts';
import type { ProgramSample } from './sample.ts';
import { topView } from './view.ts';

const program = (name: string, pid: number, slot: number | null = null): RunningProgram => ({
  pid,
  startTicks: '1',
  program: name,
  runId: 'r1',
  cores: '1',
  telemetry: null,
  control: null,
  slot,
});
const netvmd = program('netvmd', 20);
const dpi = program('nf-dpi', 31, 2);

const chain = (name: string, entered: number, left: number, dropped: number) => ({
  chain: name,
  weight: 1,
  state: name === 'web' ? ('down' as const) : ('up' as const),
  hops: name === 'web' ? [] : [0, { domain: 1, slot: 2 }, { service: 'dpi' }, { inline: 3 }],
  entered,
  left,
  dropped,
  inFlight: entered - left - dropped,
});

const nf = {
  node: 0,
  name: 'dpi',
  received: 7,
  dropped: 0,
  wakeups: 0,
  inFlight: 5,
  state: 'ready',
  readyTsc: 0,
  readyWithinTicks: 0,
} as const;
const status = (...chains: ReturnType<typeof chain>[]): NetvmdStatus => ({
  state: 'ready',
  linkUp: true,
  chains,
  services: [
    { service: 'dpi', number: 0, domain: 1, instances: [2] },
    { service: 'others', number: 1, domain: 0, instances: [2] },
  ],
  nfs: [
    { ...nf, domain: 1, slot: 2, pid: 31, ring: { depth: 3, entries: 4096 } },
    { ...nf, domain: 0, slot: 2, pid: 99, ring: { depth: 0, entries: 4096 } },
  ],
  inlineNfs: [],
  flows: { entries: 0, capacity: 0, rules: 0 },
  buffers: { total: 0, pool: 0, port: 0, chain: 0, parked: 0, reclaimed: 0 },
});

const reading = (of: NetvmdStatus) => readingOf(of, netvmd, [netvmd, dpi]);
const chainsAt = (atMs: number, ...chains: ReturnType<typeof chain>[]) => ({
  atMs,
  chains: reading(status(...chains)).chains,
});

test('an NF is told by pid and slot, and has the services of its domain', () => {
  expect([...reading(status()).nfs]).toEqual([
    [dpi, { depth: 3, entries: 4096, received: 7, inFlight: 5, services: ['dpi'] }],
  ]);
});

test('a chain has rates from its second look on, by netvmd and name', () => {
  const before = chainsAt(1_000, chain('default', 1e6, 9e5, 5e4), chain('web', 500, 500, 0));
  const after = chainsAt(
    3_000,
    chain('default', 3e6, 2.5e6, 1e5),
    chain('web', 10, 4, 0),
    chain('new', 1, 0, 0),
  );
  const rates = sampleChains(before, after).map((of) => [
    of.chain,
    of.enteredPps,
    of.leftPps,
    of.droppedPps,
    of.inFlight,
  ]);
  expect(rates).toEqual([
    ['default', 1e6, 8e5, 25_000, 400_000],
    ['web', null, null, null, 6],
    ['new', null, null, null, 1],
  ]);
  const other = { ...before, chains: before.chains.map((of) => ({ ...of, netvmd: program('netvmd', 21) })) };
  expect(sampleChains(other, after)[0]?.enteredPps).toBeNull();
});

test('the view shows chains below the programs of their run, and services with their NFs', () => {
  const sample = (of: RunningProgram, changes: Partial<ProgramSample> = {}): ProgramSample => ({
    ...of,
    services: [],
    cpuRatio: 0.5,
    rxPps: 1e6,
    txPps: null,
    inFlight: {},
    drops: [],
    ringDepth: null,
    ringEntries: null,
    fault: null,
    ...changes,
  });
  const chains = sampleChains(
    chainsAt(0, chain('default', 0, 0, 0)),
    chainsAt(1_000, chain('default', 2e6, 1.5e6, 4e5), chain('web', 1, 0, 0)),
  );
  const drops = [{ name: 'drop.netvmd.backpressure', packets: 1234, pps: 1e5 }];
  const nfSample = sample(dpi, {
    services: ['dpi', 'dpi-spare'],
    ringDepth: 3,
    ringEntries: 4096,
    inFlight: { 'inflight.nf': 5 },
  });
  const programs = [nfSample, sample(netvmd, { drops }), sample({ ...netvmd, runId: 'r2', pid: 40 })];
  const view = topView({
    schema: 'top/1',
    takenAt: '2026-01-02T03:04:05.678Z',
    durationMs: 1_000,
    programs,
    chains,
  });
  expect(view).toBe(
    [
      '03:04:05 UTC  r1',
      'program                          pid  core   CPU  in Mpps  out Mpps    ring  in flight',
      'netvmd                            20     1  50 %    1.000         -       -          -',
      '  drop.netvmd.backpressure  1,234 packets, 0.100 Mpps now',
      'nf-dpi (slot 2, dpi, dpi-spare)   31     1  50 %    1.000         -  3/4096          5',
      '',
      'chain       weight  in Mpps  out Mpps  dropped Mpps  in flight  hops',
      'default          1    2.000     1.500         0.400     100000  0 > 1:2 > dpi > inline 3',
      'web (down)       1        -         -             -          1  port to port',
      '',
      '03:04:05 UTC  r2',
      'program  pid  core   CPU  in Mpps  out Mpps  ring  in flight',
      'netvmd    40     1  50 %    1.000         -     -          -',
    ].join('\n'),
  );
});
