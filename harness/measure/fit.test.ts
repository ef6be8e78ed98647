import { expect, test } from 'vitest';
import { exitCode, UserError } from '../model/errors.ts';
import { plainTraffic } from '../model/traffic.ts';
import type { ResolvedProfile } from '../profile/plan.ts';
import type { Testbed } from '../testbed/parse.ts';
import { plan } from './doubles.fixture.ts';
import { requireFit } from './fit.ts';

const oneCore: Testbed = {
  name: 'lab',
  kind: 'local',
  generatorCore: 0,
  deviceCore: 1,
  nfCores: [],
  txCores: [0],
  rxCores: [0],
  pages2M: 448,
  generatorFiles: {},
};
const upTo = (cores: number) => Array.from({ length: cores }, (_, i) => i + 2);

function fault(profile: Partial<ResolvedProfile>, testbed: Partial<Testbed>): string | null {
  try {
    requireFit({ ...plan([]).profile, ...profile }, { ...oneCore, ...testbed });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe(exitCode.badInput);
    return error.message;
  }
}

test('what one core can, every generator and data plane can; several are for those that say so', () => {
  for (const generator of ['native', 'testpmd', 'pktgen', 'moongen'] as const) {
    expect(fault({ generator }, {})).toBeNull();
  }
  expect(fault({ dataplanes: ['netvm', 'forwarder', 'vhost-user'] }, { txCores: upTo(8) })).toBeNull();
  expect(fault({ dataplanes: ['netvm', 'forwarder'] }, { txCores: upTo(16) })).toBeNull();
});

test.each(['testpmd', 'pktgen', 'moongen'] as const)('%s is refused with the reason', (generator) => {
  const why = `testbed lab: generator.txCores, generator.rxCores: the profile's generator ${generator} sends and receives on one core, the one in generator.cores; leave both lists out, or use native`;
  expect(fault({ generator }, { txCores: [0, 2] })).toBe(why);
  expect(fault({ generator }, { rxCores: [2] })).toBe(why);
  expect(fault({ generator }, { txCores: [2], rxCores: [2] })).toBe(why);
});

test('a capture is replayed by one core, and a data plane has so many queues', () => {
  const replay = { file: '/c.pcap', rate: 'load', tag: false } as const;
  const replayed = { traffic: { ...plainTraffic, replay } };
  expect(fault(replayed, { rxCores: [2] })).toBeNull();
  expect(fault(replayed, { txCores: [0, 2] })).toMatch(/expected one core in generator.txCores, not 2$/);
  expect(fault({ dataplanes: ['netvm', 'vhost-user'] }, { txCores: upTo(9) })).toMatch(
    /9 cores send, each on a queue of its own, and vhost-user can have 8 queues; expected at most 8/,
  );
});

test('an emulated NIC is in one loop: one queue, and the core that sends receives', () => {
  const dataplanes = ['netvm', 'sriov'] as const;
  expect(fault({ dataplanes }, {})).toBeNull();
  expect(fault({ dataplanes }, { txCores: [2], rxCores: [2] })).toBeNull();
  expect(fault({ dataplanes }, { rxCores: [2] })).toBe(
    'testbed lab: generator.txCores, generator.rxCores: sriov is emulated in the loop that sends and receives, on one core; expected the same in both lists',
  );
  expect(fault({ dataplanes }, { txCores: [0, 2], rxCores: [0, 2] })).toMatch(
    /sriov can have one queue; expected at most 1 in generator.txCores$/,
  );
});

test("an NF that polls needs a core of its own behind the data plane's: what is missing is said", () => {
  const chains = [['forward'], ['forward', 'monitor', 'forward']] as const;
  const poll = { chains, schedulings: ['shared', 'poll'] } as const;
  expect(fault({ ...poll, schedulings: ['shared', 'adaptive'] }, {})).toBeNull();
  expect(fault(poll, {})).toBe(
    "testbed lab: device.cores: an NF that polls (schedulings: poll) needs a core of its own behind the data plane's; the profile has up to 3 at once and the list has none, so 3 more must be added; or expected shared or adaptive in schedulings",
  );
  expect(fault(poll, { nfCores: [2, 3] })).toContain('the list has 2, so 1 more must be added');
  expect(fault(poll, { nfCores: [2, 3, 4] })).toBeNull();
  expect(fault({ ...poll, instances: [1, 2] }, { nfCores: upTo(5) })).toContain(
    'up to 6 at once and the list has 5, so 1 more',
  );
  expect(fault({ ...poll, instances: [1, 2] }, { nfCores: upTo(6) })).toBeNull();
  const scaling = { ...plan([]).profile.method, name: 'scaling' } as const;
  expect(fault({ ...poll, method: scaling }, { nfCores: upTo(3) })).toContain('up to 4 at once');
});
