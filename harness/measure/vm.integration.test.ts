import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { flowEntry } from '../dataplane/flow-entries.ts';
import { ownOptions } from '../dataplane/nf-options.ts';
import { buildGuest } from '../guest/build.ts';
import { imageLink, type GuestImage } from '../guest/image.ts';
import { silent } from '../model/progress.ts';
import { tscHz } from '../native/clock.ts';
import { netvmdClient, type NetvmdClient } from '../native/netvmd-client.ts';
import { waitUntil, type ControlledProgram, type Program } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { withBench, type Bench } from './bench.ts';
import { endsWhere } from './cannot-run.fixture.ts';
import { closedTrial } from './closed-trial.fixture.ts';
import { cell } from './doubles.fixture.ts';
import { booksUnderLoad, chainNamed, steady, waitForState, type TwoChains } from './faults.fixture.ts';
import { RegionView } from './region.fixture.ts';
import { benchOptions, native, root, withRealTestbed } from './testbed.fixture.ts';
import { builtImage, probeKvm, qemuOf, serialOf, startVm } from './vm.fixture.ts';

/** NFs in virtual machines, under emulation: chains with them, and what becomes of their faults. */

const never = new AbortController().signal;
/** A guest boots for each. */
const kills = Number(process.env.NETVM_VM_KILLS ?? 2);
const hostile = join(native, '../tests/nf-hostile-guest');

let image: GuestImage;
beforeAll(async () => {
  image = await builtImage();
});

interface Site extends TwoChains {
  readonly start: (vm: Parameters<typeof startVm>[2]) => Program;
}

/** NFs in processes in slots 0 and on, of as many trust domains; guests join as they are started, and are gone at the end. */
function onSite(nfs: readonly string[], trustDomains: number, work: (site: Site) => Promise<void>) {
  return withRealTestbed((env) =>
    withBench(cell({ nfs, trustDomains }), benchOptions(env), async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      const vms: Program[] = [];
      const start = (vm: Parameters<typeof startVm>[2]) => {
        const started = startVm(env, image, vm);
        vms.push(started);
        return started;
      };
      try {
        await work({ bench, env, host, client: netvmdClient(host), nfs: [...bench.dataplane.nfs], start });
      } finally {
        await Promise.all(vms.map((vm) => vm.stop()));
      }
    }),
  );
}

async function expectEveryBuffer(client: NetvmdClient): Promise<void> {
  const { buffers } = await client.status({});
  expect(buffers).toMatchObject({ chain: 0, total: buffers.pool + buffers.port });
}

const counter = ({ deviceTelemetry }: Bench, name: string) =>
  Number(deviceTelemetry[0]?.read().get(name) ?? 0n);
const regionOf = (env: LocalTestbedEnv) => new RegionView(join(env.hugeDir, 'region'));

/** NFs' accounts are by the host's clock, wherever they run. A guest's own starts when it does. */
function expectHostClock(region: RegionView, guest: number, process: number): void {
  const apartSeconds = Number(region.wokeTsc(guest) - region.wokeTsc(process)) / tscHz();
  expect(Math.abs(apartSeconds)).toBeLessThan(60);
}

test('the image is made once, and a second time it is the same', async () => {
  const again = await buildGuest({ root, signal: never, progress: silent });
  expect([again.image, again.isNew]).toEqual([image, false]);
  rmSync(imageLink(root));
  const anew = await buildGuest({ root, signal: never, progress: silent });
  expect([anew.manifest, anew.isNew]).toEqual([again.manifest, true]);
  image = anew.image;
});

test('on KVM a guest passes packets as well', (context) => {
  const { kvm, reason } = probeKvm(image);
  expect(kvm).toBe(reason === undefined);
  endsWhere(reason ?? null, context);
  return onSite(['forward'], 1, async ({ bench, host, client, start }) => {
    const vm = start({ slot: 8, accel: 'kvm' });
    await waitForState(client, [host, vm], 8, 'ready');
    await client.chainSet({ hops: [8] });
    expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
  });
});

test('process, guest, process: each packet stays in its buffer, and the guest writes it there', () =>
  onSite(['forward', 'monitor'], 1, async ({ bench, env, host, client, start }) => {
    const vm = start({ slot: 8, nf: 'nat', options: ownOptions('nat', env.runDir) });
    await waitForState(client, [host, vm], 8, 'ready');
    await client.chainSet({ hops: [0, 8, 1] });
    const { books } = await closedTrial(bench);
    expect(books.received).toBeGreaterThan(0);
    expect(books).toMatchObject({ duplicates: 0, reordered: 0 });
    const region = regionOf(env);
    const [first, second] = [region.link(0, 8), region.link(8, 1)];
    // Only what passes the links was ever in the guest's hands: netvmd gave it nothing, and took nothing from it.
    expect([region.into(8).head, region.outOf(8).head]).toEqual([0, 0]);
    expect(first?.head).toBe(region.into(0).head);
    expect(second?.descriptors).toEqual(first?.descriptors);
    expect(second?.descriptors).toEqual(region.outOf(1).descriptors);
    // From 203.0.113.1 to 198.19.0.1: what nat makes of the generator's packets.
    const translated = Buffer.from('cb007101c6130001', 'hex');
    for (const descriptor of second?.descriptors ?? [])
      expect(region.packet(descriptor).includes(translated)).toBe(true);
    expect(counter(bench, 'border.copies')).toBe(0);
    expectHostClock(region, 8, 0);
  }));

test('two guests of a domain hand packets to each other, and the host touches none', () =>
  onSite(['forward'], 1, async ({ bench, env, host, client, start }) => {
    const vms = [
      start({ slot: 8, nf: 'nat', options: ownOptions('nat', env.runDir) }),
      // Its rules are in a file, which the guest has at the same path.
      start({ slot: 9, nf: 'firewall', options: ownOptions('firewall', env.runDir) }),
    ];
    for (const slot of [8, 9]) await waitForState(client, [host, ...vms], slot, 'ready');
    await client.chainSet({ hops: [8, 9] });
    const { books } = await closedTrial(bench);
    expect(books.received).toBeGreaterThan(0);
    expect(books).toMatchObject({ duplicates: 0, reordered: 0 });
    const region = regionOf(env);
    const between = region.link(8, 9);
    expect(between?.head).toBeGreaterThanOrEqual(books.received);
    expect([region.into(8).head, region.outOf(9).head]).toEqual([between?.head, between?.head]);
    // netvmd's own rings between the two were never used.
    expect([region.outOf(8).head, region.into(9).head]).toEqual([0, 0]);
    // The same buffer at the same place on each of the three rings: so nobody has moved a packet.
    expect(between?.descriptors).toEqual(region.into(8).descriptors);
    expect(between?.descriptors).toEqual(region.outOf(9).descriptors);
    expect(counter(bench, 'border.copies')).toBe(0);
    // Told to leave, a guest powers off, and that is orderly.
    await client.chainSet({ hops: [0] });
    for (const slot of [8, 9]) await client.nfStop({ slot });
    expect(await Promise.all(vms.map((vm) => vm.child.exited))).toEqual(
      Array(2).fill({ code: 0, signal: null }),
    );
    // It has said its counts; and it was woken for its work, and woke its successor, rather than that each looked now and then.
    const log = readFileSync(join(env.runDir, 'vm8.log'), 'utf8');
    expect(log).toMatch(/^\{"nf":"nat",/m);
    const wakeUps = /^\{"vm":"nat","readyMs":\d+,"wokeOthers":(\d+),"wasWoken":(\d+)\}$/m.exec(log);
    expect(wakeUps?.slice(1).every((times) => Number(times) > 0)).toBe(true);
    await expectEveryBuffer(client);
  }));

test(
  `${kills} guests are killed in mid-traffic, QEMU and launcher in turns: neither stays, what they held is counted, and the other chain loses nothing`,
  { timeout: 60_000 + 60_000 * kills },
  () =>
    onSite(['forward', 'forward'], 1, async (site) => {
      const { host, client, start } = site;
      await client.chainSet({ hops: [] });
      await client.chainSet({ chain: 'other', hops: [1] });
      const flows = Array.from({ length: steady.flows / 2 }, (_, i) => flowEntry(i));
      await client.flowSet({ flows, chain: 'other' });
      for (let i = 0; i < kills; i++) {
        const vm = start({ slot: 8, name: `vm8-${i}` });
        await waitForState(client, [host, vm], 8, 'ready');
        await client.chainSet({ hops: [8] });
        const [launcher, qemu] = [vm.child.pid, qemuOf(vm)];
        const left = chainNamed(await client.status({}), 'default').left;
        const { books, fault } = await booksUnderLoad(site, steady, async () => {
          await expect
            .poll(async () => chainNamed(await client.status({}), 'default').left, { timeout: 20_000 })
            .toBeGreaterThan(left + 100);
          process.kill(i % 2 === 0 ? qemu : launcher, 'SIGKILL');
          await waitForState(client, [host], 8, 'dead');
        });
        expect([fault, books.duplicates, host.child.status]).toEqual([null, 0, null]);
        expect(books.drops['netvmd.chain_down'] ?? 0).toBeGreaterThan(0);
        const status = await vm.child.exited;
        expect(status).toEqual(i % 2 === 0 ? { code: 4, signal: null } : { code: null, signal: 'SIGKILL' });
        if (i % 2 === 0) expect(vm.death(status).message).toContain('QEMU was killed by signal 9');
        await expect.poll(() => isRunning(qemu), { timeout: 10_000 }).toBe(false);
        await expectEveryBuffer(client);
      }
      const other = chainNamed(await client.status({}), 'other');
      expect(other.entered).toBeGreaterThan(0);
      expect(other).toMatchObject({ dropped: 0, inFlight: 0, left: other.entered });
    }),
);

test('a guest writes garbage over all that it sees: netvmd and the other domain go on, and no buffer is lost', () =>
  onSite(['forward', 'forward'], 2, async (site) => {
    const { bench, host, client, start } = site;
    const vm = start({ slot: 9, region: 'region1', nf: hostile, options: ['garbage'] });
    await waitForState(client, [host, vm], 9, 'ready');
    const good = { domain: 0, slot: 0 };
    await client.chainSet({ chain: 'other', hops: [good] });
    const flows = Array.from({ length: steady.flows / 2 }, (_, i) => flowEntry(i));
    await client.flowSet({ flows, chain: 'other' });
    await client.chainSet({ hops: [good, { domain: 1, slot: 9 }] });
    const { books, fault } = await booksUnderLoad(site, steady, () => Promise.resolve());
    const status = await client.status({});
    expect([fault, books.duplicates, host.child.status]).toEqual([null, 0, null]);
    // None of what the garbage names was ever believed: nothing has come back by the chain, and the NF is known for what it is.
    expect(status.nfs.find(({ domain, slot }) => domain === 1 && slot === 9)?.state).toBe('quarantined');
    const other = chainNamed(status, 'other');
    expect(other.entered).toBeGreaterThan(0);
    expect(other).toMatchObject({ dropped: 0, inFlight: 0, left: other.entered });
    await vm.stop();
    await expectEveryBuffer(client);
    await client.chainSet({ hops: [good] });
    expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
  }));

test('a guest that cannot do its work ends with a reason and its console, and its slot is free again', () =>
  onSite(['forward'], 1, async ({ env, client, start }) => {
    const broken = join(env.runDir, 'broken-initrd');
    writeFileSync(broken, 'no archive');
    const noInit = { kernel: image.kernel, initrd: broken, hash: '' };
    const [abi, silent, hung, panicked, missing] = [
      start({ slot: 10, nf: join(native, '../tests/nf-wrong-abi-guest') }),
      start({ slot: 11, nf: hostile, options: ['silent'], launcher: ['--ready-s', '20'] }),
      start({ slot: 12, nf: hostile, options: ['hang'], launcher: ['--hung-s', '3'] }),
      start({ slot: 13, nf: hostile, options: ['panic'] }),
      start({ slot: 14, nf: 'nothing' }),
    ];
    const noBoot = startVm(env, noInit, { slot: 15, nf: hostile });
    const ends = async (vm: Program) => {
      const status = await vm.child.exited;
      return [status.code, vm.death(status).message];
    };
    const says = (text: string) => expect.stringContaining(text) as unknown;
    expect(await ends(abi)).toEqual([3, says('has another ABI version than this NF')]);
    expect(await ends(panicked)).toEqual([4, says('sysrq triggered crash')]);
    expect(await ends(noBoot)).toEqual([4, says('Kernel panic')]);
    expect(await ends(missing)).toEqual([3, says('--nf nothing: there is no such NF in the guest image')]);
    expect(await ends(hung)).toEqual([4, says('no sign of life for 3 s')]);
    expect(await ends(silent)).toEqual([4, says('not ready within 20 s')]);
    expect(readFileSync(serialOf(env, 'vm11'), 'utf8')).toContain('init: runs /nf/nf-hostile-guest');
    expect((await ends(silent))[1]).toEqual(says('init: runs /nf/nf-hostile-guest'));
    await waitUntil('slots were not free again', [], never, async () => {
      const { nfs } = await client.status({});
      return nfs.every(({ slot, state }) => slot === 0 || state === 'dead') ? true : null;
    });
  }));

/** A zombie that its new parent has not reaped yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
