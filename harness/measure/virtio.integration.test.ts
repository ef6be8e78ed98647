import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { plainTraffic } from '../model/traffic.ts';
import type { DataplaneName } from '../model/run.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { whyNoTap } from '../testbed/isolations.ts';
import { withBench, type Bench } from './bench.ts';
import { endsWhere } from './cannot-run.fixture.ts';
import { closedTrial, droppedIn, easy } from './closed-trial.fixture.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';
import { builtImage } from './vm.fixture.ts';

/** NFs in virtual machines behind virtio, under emulation: books that close, whatever the guest's driver; and a guest that dies. Rates there mean nothing. */

const never = new AbortController().signal;
/** Few packets: an emulated guest's kernel carries some ten thousand a second. */
const gentle = { ...easy, pps: 5_000, durationMs: 400, drainMs: 1_000 };
/** More than any of them carries. */
const flood = { ...easy, pps: 2_000_000, durationMs: 300, drainMs: 1_000 };
const tagged = { ...plainTraffic, vlan: [100, 200] } as const;
/** Too short for the router to answer that it has no route. */
const unroutable = { ...gentle, frameSizeBytes: 84, traffic: { ...plainTraffic, ip: 6 } as const };

async function onGuests(
  dataplane: DataplaneName,
  nfs: readonly string[],
  work: (bench: Bench, env: LocalTestbedEnv) => Promise<void>,
): Promise<void> {
  const { kernel, initrd } = await builtImage();
  const guest = { accelerator: 'tcg', kernel, initrd } as const;
  await withRealTestbed((env) =>
    withBench(cell({ dataplane, isolation: 'vm', nfs }), { ...benchOptions(env), guest }, (bench) =>
      work(bench, env),
    ),
  );
}

/** Processes whose command line names the run directory; the guests of it. */
function guestsIn(env: LocalTestbedEnv): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(join('/proc', pid, 'cmdline'), 'utf8');
        return line.startsWith('qemu-system-x86_64') && line.includes(env.runDir);
      } catch {
        return false; // it has gone meanwhile
      }
    })
    .map(Number);
}

const ports = ['--core', '0', '--wire', '/w', '--control', '/c', '--telemetry', '/t'] as const;

const taps = () => readdirSync('/sys/class/net').filter((name) => name.startsWith('nv'));

async function expectAllBack(bench: Bench, load: object): Promise<void> {
  const { books, reason } = await closedTrial(bench, { ...gentle, ...load });
  expect([books.sent > 0, books.received, books.drops, reason]).toEqual([true, books.sent, {}, reason]);
  expect(books).toMatchObject({ inFlight: 0, duplicates: 0, reordered: 0 });
  expect(books.numbered).toBeUndefined();
}

describe.each([
  { dataplane: 'virtio', nfs: ['forward', 'router'], full: /^wire\.full$/ },
  { dataplane: 'virtio-kernel', nfs: ['router'], full: /^(wire\.full|nf0\.ring_full)$/ },
  { dataplane: 'virtio-tap', nfs: ['router'], full: /^(wire\.full|nf0\.ring_full|vswitch\.tap_full)$/ },
] as const)('$dataplane', ({ dataplane, nfs, full }) => {
  test('packets go through guests, what is lost is lost by name, and a guest that dies ends the trial by its name', async (context) => {
    if (dataplane === 'virtio-tap') endsWhere(await whyNoTap(never), context);
    await onGuests(dataplane, nfs, async (bench, env) => {
      await expectAllBack(bench, {});
      await expectAllBack(bench, { frameSizeBytes: 1518 });
      await expectAllBack(bench, { frameSizeBytes: 128, traffic: tagged });

      const denied = await closedTrial(bench, unroutable);
      const last = nfs.length - 1;
      expect([denied.books.received, denied.books.drops]).toEqual([
        0,
        { [`nf${last}.verdict`]: denied.books.sent },
      ]);

      const record = await closedTrial(bench, flood);
      const { received, reordered, duplicates, drops } = record.books;
      expect([received > 0, droppedIn(record) > 0, reordered + duplicates]).toEqual([true, true, 0]);
      expect(Object.keys(drops).filter((place) => !full.test(place))).toEqual([]);
      // A guest counts no cycles and logs no gaps: its clock is not the host's.
      expect(record.cpu).toBeNull();
      const events = bench.deviceTelemetry.slice(1).map((segment) => segment.eventsWritten());
      expect(events).toEqual(nfs.map(() => 0n));

      const guests = guestsIn(env);
      expect(guests).toHaveLength(nfs.length);
      const trial = runTrial(bench, { ...gentle, durationMs: 2_000 }, 'search', never);
      const seen = () => bench.deviceTelemetry[1]?.read().get('rx.packets') ?? 0n;
      const before = seen();
      await expect.poll(seen, { timeout: 20_000 }).toBeGreaterThan(before + 100n);
      for (const pid of guests) process.kill(pid, 'SIGKILL');
      const died = (await trial).record;
      expect([died.verdict, died.reason]).toEqual([
        'nf-died',
        expect.stringMatching(/^nf\d-\w+ exited with status 4: netvm-vm: QEMU was killed by signal 9/),
      ]);
      await expect.poll(() => guestsIn(env)).toEqual([]);
    });
    expect(taps()).toEqual([]);
  });
});

describe('what is wrong is said before anything starts', () => {
  const device = ['--kernel', '/k', '--initrd', '/i', '--accel', 'tcg', '--serial', '/s', '--nf', 'forward'];
  const counters = ['--index', '0', '--telemetry', '/t'];
  test.each([
    [
      'netvm-vm',
      [...device, '--vhost', '/a', '--tap', 'b', ...counters],
      /--vhost and --tap exclude each other/,
    ],
    [
      'netvm-vm',
      [...device, '--vhost', '/a', '--region', '/r', ...counters],
      /--region and --vhost exclude each/,
    ],
    ['netvm-vm', [...device, '--vhost', '/a', '--index', '0'], /--telemetry is missing/],
    ['netvm-vm', [...device, '--tap', 'b', '--telemetry', '/t'], /--index is missing/],
    ['netvm-vm', [...device, '--tap', 'a/b', ...counters], /--tap a\/b: expected 1 to 15 of a-z, 0-9 and -/],
    ['netvm-vm', [...device, '--vhost', 'a', ...counters], /--vhost a: expected an absolute path/],
    ['netvm-vswitch', [...ports, '--vhost-dir', '/d', '--taps', 'b', '--nfs', '1'], /^usage: /],
    ['netvm-vswitch', [...ports, '--taps', 'b', '--nfs', '1', '--queues', '2'], /^usage: /],
    ['netvm-vswitch', [...ports, '--taps', 'abcdefghijklmn', '--nfs', '1'], /^usage: /],
  ] as const)('%s %j', async (program, args, sentence) => {
    const run = promisify(execFile)(join(native, program), [...args]);
    await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(sentence) as string });
  });
});
