import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram, type Program } from '../native/program.ts';
import type { NetvmdClient } from '../native/netvmd-client.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { probeMicrovm } from '../testbed/isolations.ts';
import { endsWhere } from './cannot-run.fixture.ts';
import {
  booksUnderLoad,
  chainNamed,
  onTwoChains,
  setDefault,
  startNf,
  steady,
  waitForState,
  type TwoChains,
} from './faults.fixture.ts';
import { native } from './testbed.fixture.ts';

/** Guests of netvm-microvm on the real data plane, that do under load what no guest may: each ends alone. */

const kills = Number(process.env.NETVM_FAULT_KILLS ?? 40);

/** In the ways of native/tests/nf_faulty.c: what each is called when it ends. */
const ways: readonly (readonly [way: string, says: string])[] = [
  ['unmapped', 'an address that it does not have'],
  ['null', 'an address that it does not have'],
  ['behind-region', 'an address that it does not have'],
  ['page-tables', 'an address that it does not have'],
  ['task-segment', 'an address that it does not have'],
  ['own-code', 'a write to memory that is read-only'],
  ['stack', 'its stack has overflowed'],
  ['execute-data', 'it went to memory that is no code'],
  ['execute-nothing', 'it went to an address that it does not have'],
  ['hlt', 'a privileged instruction (hlt)'],
  ['mov-cr3', 'a privileged instruction (mov to a control register)'],
  ['wrmsr', 'a privileged instruction (wrmsr)'],
  ['cli', 'a privileged instruction (cli)'],
  ['ud2', 'an invalid instruction (ud2)'],
  ['divide', 'a division that overflows or is by zero'],
  ['syscall', 'a system call'],
  ['int3', 'a software interrupt'],
  ['port', 'I/O on a port that is not its own'],
  ['garbage', 'the guest has faulted'],
  ['no-call', 'it made a call that there is none of'],
  ['chatter', 'it printed more than 1 MiB'],
];

/** Why no guest of ours runs on this machine; null where they do. */
const { ok, finding } = await probeMicrovm(native, new AbortController().signal);
const whyUnusable = ok ? null : finding;

interface Guest {
  readonly image: string;
  readonly slot: number;
  /** The log's. */
  readonly name: string;
  readonly options: readonly string[];
}

function startGuest(env: LocalTestbedEnv, { image, slot, name, options }: Guest): Program {
  return startProgram({
    name,
    file: join(native, 'netvm-microvm'),
    args: [
      ...['--nf', image, '--region', join(env.hugeDir, 'region'), '--slot', String(slot)],
      ...['--core', String(env.deviceCore), '--mode', 'shared', '--', ...options],
    ],
    cpus: [env.deviceCore],
    runDir: env.runDir,
  });
}

const faulty = join(native, '../tests/nf-faulty.bin');

/** Puts a guest into the last hop's slot, lets it fault by a packet there, and waits until its slot is free. */
async function faultOnce(chains: TwoChains, i: number): Promise<void> {
  const { client, env, host, nfs } = chains;
  const [way, says] = ways[i % ways.length] ?? ['', ''];
  const name = `guest${i}`;
  const options = ['--fault', way, '--after', '50'];
  const guest = startGuest(env, { image: faulty, slot: 2, name, options });
  nfs[2] = guest;
  await waitForState(client, [host, guest], 2, 'ready');
  await setDefault(client);
  expect([way, await guest.child.exited]).toEqual([way, { code: 4, signal: null }]);
  expect(readFileSync(join(env.runDir, `${name}.log`), 'utf8')).toMatch(
    new RegExp(`${says.replace(/[()/]/g, '\\$&')}.*; rip 0x[0-9a-f]+, address 0x[0-9a-f]+\n$`),
  );
  await waitForState(client, [host], 2, 'dead');
}

async function stopNf(chains: TwoChains): Promise<void> {
  chains.nfs[2]?.child.kill('SIGKILL');
  await waitForState(chains.client, [chains.host], 2, 'dead');
}

async function putHonestOneBack({ client, env, host, nfs }: TwoChains): Promise<void> {
  const honest = startNf(env, env.runDir, 2, 'honest');
  nfs[2] = honest;
  await waitForState(client, [host, honest], 2, 'ready');
  await setDefault(client);
}

async function expectNothingElseLost(client: NetvmdClient): Promise<void> {
  const status = await client.status({});
  const other = chainNamed(status, 'other');
  expect(other.entered).toBeGreaterThan(0);
  expect(other).toMatchObject({ dropped: 0, inFlight: 0, left: other.entered });
  const first = chainNamed(status, 'default');
  expect(first).toMatchObject({ state: 'up', inFlight: 0, entered: first.left + first.dropped });
  expect(status.buffers).toMatchObject({ chain: 0, total: status.buffers.pool + status.buffers.port });
}

test(
  `${kills} guests fault under load, each way in turn: nothing is lost but what they held, and the other chain loses nothing`,
  { timeout: 60_000 + 2_000 * kills },
  async (context) => {
    endsWhere(whyUnusable, context);
    await onTwoChains(async (chains) => {
      const { client, host } = chains;
      const { books, fault } = await booksUnderLoad(chains, steady, async () => {
        await stopNf(chains);
        for (let i = 0; i < kills; i++) await faultOnce(chains, i);
        await putHonestOneBack(chains);
      });
      expect(fault).toBeNull();
      expect(books.drops['netvmd.nf_died'] ?? 0).toBeGreaterThan(0);
      expect(books.drops['netvmd.chain_down'] ?? 0).toBeGreaterThan(0);
      expect([books.duplicates, host.child.status]).toEqual([0, null]);
      await expectNothingElseLost(client);
    });
  },
);

test('a guest that hands back garbage without an end is quarantined, and ended from outside', async (context) => {
  endsWhere(whyUnusable, context);
  await onTwoChains(async (chains) => {
    const { client, env, host, nfs } = chains;
    const { books, fault } = await booksUnderLoad(chains, steady, async () => {
      await stopNf(chains);
      const options = ['--fault', 'descriptors', '--after', '50'];
      const guest = startGuest(env, { image: faulty, slot: 2, name: 'endless', options });
      nfs[2] = guest;
      await waitForState(client, [host, guest], 2, 'ready');
      await setDefault(client);
      await waitForState(client, [host, guest], 2, 'quarantined');
      expect(guest.child.status).toBeNull();
      await stopNf(chains);
      await putHonestOneBack(chains);
    });
    expect([fault, books.duplicates]).toEqual([null, 0]);
    await expectNothingElseLost(client);
  });
});

test('a guest leaves in an orderly way, and nothing is lost', async (context) => {
  endsWhere(whyUnusable, context);
  await onTwoChains(async (chains) => {
    const { client, env, host, nfs } = chains;
    nfs[0]?.child.kill('SIGKILL');
    await waitForState(client, [host], 0, 'dead');
    const image = join(native, 'nf-forward.bin');
    const guest = startGuest(env, { image, slot: 0, name: 'guest', options: [] });
    nfs[0] = guest;
    await waitForState(client, [host, guest], 0, 'ready');
    const { books, fault } = await booksUnderLoad(chains, steady, async () => {
      await setDefault(client);
      const before = chainNamed(await client.status({}), 'default').left;
      await expect
        .poll(async () => chainNamed(await client.status({}), 'default').left, { timeout: 10_000 })
        .toBeGreaterThan(before + 1_000);
      await client.serviceSet({ service: 'pair', instances: [1] });
      await client.nfStop({ slot: 0 });
      expect(await guest.child.exited).toEqual({ code: 0, signal: null });
    });
    // What a gap of the machine's fills the wire with is no loss of a guest's.
    const drops = Object.keys(books.drops).filter((drop) => drop !== 'wire.full');
    expect([fault, drops, books.duplicates]).toEqual([null, [], 0]);
    await expectNothingElseLost(client);
  });
});
