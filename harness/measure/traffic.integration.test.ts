import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataplanes } from '../dataplane/index.ts';
import type { TrialRecord } from '../model/run.ts';
import { plainTraffic } from '../model/traffic.ts';
import { openTelemetry } from '../native/telemetry.ts';
import type { TrialReport, TrialRequest } from '../traffic/generator.ts';
import { startNativeGenerator } from '../traffic/native.ts';
import { checkReplay } from '../traffic/replay.ts';
import { withBench, type Bench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

const never = new AbortController().signal;
/** A load that any machine carries, even a busy one. */
const easy: TrialRequest = {
  frameSizeBytes: 128,
  pps: 50_000,
  durationMs: 200,
  flows: 1000,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 100,
};

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'netvm-traffic-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Ethernet, IPv4 and UDP with so much payload; an odd one out is ARP. Half a millisecond from one to the next. */
function capture(name: string, payloads: readonly (number | 'arp')[]): string {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const records = payloads.map((payload, i) => {
    const frame = Buffer.alloc(payload === 'arp' ? 42 : 42 + payload);
    frame.writeUInt16BE(payload === 'arp' ? 0x0806 : 0x0800, 12);
    if (payload !== 'arp') {
      frame[14] = 0x45;
      frame.writeUInt16BE(28 + payload, 16);
      frame[22] = 64;
      frame[23] = 17;
      frame.writeUInt16BE(8 + payload, 38);
    }
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(i * 500, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  const file = join(directory, name);
  writeFileSync(file, Buffer.concat([header, ...records]));
  return file;
}

interface Closed {
  readonly record: TrialRecord;
  readonly report: TrialReport;
}

/** A trial whose books close: a machine that takes its core away for a whole drain is asked again. */
async function closedTrial(bench: Bench, changes: Partial<TrialRequest>): Promise<Closed> {
  for (let i = 0; ; i++) {
    const reports: TrialReport[] = [];
    const trial = async (request: TrialRequest, signal: AbortSignal) => {
      const report = await bench.generator.trial(request, signal);
      reports.push(report);
      return report;
    };
    const watched = { ...bench, generator: { ...bench.generator, trial } };
    const { record } = await runTrial(watched, { ...easy, ...changes }, 'search', never);
    const [report] = reports;
    if (report !== undefined && (record.verdict !== 'unbalanced' || i === 4)) return { record, report };
  }
}

function expectClosed({ sent, received, drops, inFlight }: TrialRecord['books']) {
  const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
  expect(sent).toBe(received + dropped + inFlight);
  expect(received).toBeGreaterThan(0);
}

const tagged6 = { ...plainTraffic, ip: 6, vlan: [100, 200] } as const;

test('IMIX, tags, IPv6, arrivals and flow models go round a bare forwarder, and the books close', async () => {
  const kinds: readonly (readonly [string, Partial<TrialRequest>, readonly number[]])[] = [
    ['an IMIX', { imixSizesBytes: [64, 64, 64, 594, 1518] }, [64, 594, 1518]],
    ['QinQ and IPv6', { traffic: tagged6 }, [128]],
    ['Poisson, Zipf', { traffic: { ...plainTraffic, arrival: 'poisson', flowModel: { zipf: 1.1 } } }, [128]],
    [
      'bursts, churn',
      { traffic: { ...plainTraffic, arrival: { burst: 32 }, flowModel: { churn: 5000 } } },
      [128],
    ],
    [
      'all at once',
      {
        imixSizesBytes: [92, 594, 92],
        traffic: { ...tagged6, arrival: 'poisson', flowModel: 'uniform', seed: 9 },
      },
      [92, 594],
    ],
  ];
  await withRealTestbed((env) =>
    withBench(cell({ dataplane: 'forwarder', nfs: [] }), benchOptions(env), async (bench) => {
      for (const [name, changes, sizes] of kinds) {
        const { record, report } = await closedTrial(bench, changes);
        expectClosed(record.books);
        expect(report.foreign, name).toBe(0);
        expect(
          report.frameSizes?.map(({ bytes }) => bytes),
          name,
        ).toEqual(sizes);
        expect(sum(report, 'sent'), name).toBe(report.sent);
        expect(sum(report, 'received'), name).toBe(report.received + report.duplicates);
        expect(report.latencySamples, name).toBe(report.received + report.duplicates);
        expect(report.intendedPps, name).toBeCloseTo(easy.pps);
        expect(report.offeredBps, name).toBeCloseTo(offeredBps(report), 0);
      }
    }),
  );
});

test('a capture is replayed at a given and at its recorded rate, with numbers and without', async () => {
  const file = capture('mixed.pcap', [200, 'arp', 1400, 0]);
  await withRealTestbed((env) =>
    withBench(cell({ dataplane: 'forwarder', nfs: [] }), benchOptions(env), async (bench) => {
      const replay = (rate: 'load' | 'recorded', tag: boolean) => ({
        traffic: { ...plainTraffic, replay: { file, rate, tag } },
      });
      const counted = await closedTrial(bench, replay('load', false));
      expectClosed(counted.record.books);
      expect(counted.report).toMatchObject({ foreign: 0, latencySamples: 0, intendedPps: easy.pps });
      expect(counted.report.frameSizes?.map(({ bytes }) => bytes)).toEqual([64, 246, 1446]);

      const numbered = await closedTrial(bench, replay('load', true));
      expectClosed(numbered.record.books);
      expect(numbered.report.foreign).toBe(0);
      // Two of the four have room for a time.
      const big = numbered.report.frameSizes?.filter(({ bytes }) => bytes > 64) ?? [];
      expect(numbered.report.latencySamples).toBe(big.reduce((total, { received }) => total + received, 0));

      const recorded = await closedTrial(bench, { ...replay('recorded', true), pps: 0 });
      expectClosed(recorded.record.books);
      expect(recorded.report.intendedPps).toBeCloseTo(2000);
      expect(recorded.report.sent).toBeLessThanOrEqual(401);
    }),
  );
});

test('a capture that cannot be sent is refused before anything starts, and by the generator too', async () => {
  const file = capture('jumbo.pcap', [100, 1500]);
  const replay = { file, rate: 'load', tag: false } as const;
  const why = `${file}: record 2 at byte 182: it has 1542 bytes; this wire carries at most 1514 (without CRC)`;
  const profile = (frameSize: number, name: string) => ({
    traffic: { ...plainTraffic, replay: { ...replay, file: name } },
    frameSizesBytes: [frameSize],
  });
  await expect(checkReplay(native, profile(64, file))).rejects.toThrow(why);
  const good = capture('good.pcap', [100, 200]);
  await expect(checkReplay(native, profile(64, good))).rejects.toThrow('write frameSizesBytes: [196]');
  await checkReplay(native, profile(196, good));
  await withRealTestbed((env) =>
    withBench(cell({ dataplane: 'forwarder', nfs: [] }), benchOptions(env), async (bench) => {
      const request = { ...easy, traffic: { ...plainTraffic, replay } };
      await expect(bench.generator.trial(request, never)).rejects.toThrow(why);
      // And goes on working.
      expect((await bench.generator.trial(easy, never)).sent).toBeGreaterThan(0);
    }),
  );
});

test('NFs read tags and IPv6, and pass them on', async () => {
  const chain = ['forward', 'monitor', 'firewall'];
  await withRealTestbed((env) =>
    withBench(cell({ nfs: chain }), benchOptions(env), async (bench) => {
      const { record } = await closedTrial(bench, { imixSizesBytes: [92, 1518], traffic: tagged6 });
      expectClosed(record.books);
      expect(bench.dataplane.nfs.map((nf) => nf.child.status)).toEqual([null, null, null]);
    }),
  );
});

/** Three loops on two cores: slow, but each packet is accounted for. */
test('sending and receiving on two cores counts as on one', async () => {
  await withRealTestbed(async (env) => {
    const runDir = mkdtempSync(join(env.runDir, 'split-'));
    const wire = join(runDir, 'wire.sock');
    const { generatorCore: core, deviceCore, hugeDir } = env;
    const site = { native, runDir, wire, signal: never };
    const generator = await startNativeGenerator({ ...site, core, txCores: [core], rxCores: [deviceCore] });
    const opened: { close(): void }[] = [];
    const open = (path: string) => {
      const telemetry = openTelemetry(path);
      opened.push(telemetry);
      return telemetry;
    };
    try {
      const forwarder = cell({ dataplane: 'forwarder', nfs: [] });
      const dataplane = await dataplanes.forwarder.up(forwarder, { ...site, hugeDir, core: deviceCore });
      try {
        const generatorTelemetry = open(generator.telemetryPath ?? '');
        const deviceTelemetry = dataplane.telemetryPaths.map(open);
        const bench = {
          cell: forwarder,
          deviceCore,
          generator,
          dataplane,
          generatorTelemetry,
          deviceTelemetry,
          resetDevice: () => Promise.resolve(),
          resetsDone: () => Promise.resolve(),
          stealNs: () => null,
        };
        const { record, report } = await closedTrial(bench, { pps: 20_000, drainMs: 500 });
        expectClosed(record.books);
        expect(report).toMatchObject({ foreign: 0, duplicates: 0, reordered: 0 });
        expect(report.latencySamples).toBe(report.received);
      } finally {
        await dataplane.down();
      }
    } finally {
      await generator.down();
      for (const telemetry of opened) telemetry.close();
      rmSync(runDir, { recursive: true, force: true });
    }
  });
});

function sum({ frameSizes }: TrialReport, key: 'sent' | 'received'): number {
  return (frameSizes ?? []).reduce((total, size) => total + size[key], 0);
}

function offeredBps({ frameSizes }: TrialReport): number {
  const bits = (frameSizes ?? []).reduce((total, { bytes, sent }) => total + sent * (bytes + 20) * 8, 0);
  return (bits * 1e3) / easy.durationMs;
}
