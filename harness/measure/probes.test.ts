import { expect, test } from 'vitest';
import { env } from './doubles.fixture.ts';
import { bothWays, clockFaults, probeClock, probeCores, probeJitter, type Probes } from './probes.ts';

const good = { invariant: true, tscHz: 2.6e9, programsTscHz: 2.6e9, skewNs: 20, skewWithinNs: 30 };

test('a clock without a fault, and each fault alone', () => {
  expect(clockFaults(good)).toEqual([]);
  expect(clockFaults({ ...good, programsTscHz: 2.6e9 * 1.0005 })).toEqual([]);
  expect(clockFaults({ ...good, programsTscHz: null, skewNs: null, skewWithinNs: null })).toEqual([]);
  expect(clockFaults({ ...good, invariant: false })).toEqual([expect.stringMatching(/constant_tsc/)]);
  expect(clockFaults({ ...good, programsTscHz: 2.5e9 })).toEqual([
    expect.stringMatching(/-3.85 % faster than/),
  ]);
  expect(clockFaults({ ...good, skewNs: -1_400 })).toEqual([expect.stringMatching(/1400 ns apart/)]);
  expect(clockFaults({ ...good, skewNs: 1_400, skewWithinNs: 500 })).toEqual([]);
});

test('the check asks the probes, and takes the CPU flags from the facts', async () => {
  const asked: object[] = [];
  const probes = {
    tscHz: () => 2.6e9,
    measureSkew: async (probe: object) => {
      asked.push(probe);
      return { skewNs: 5, withinNs: 30 };
    },
  } as unknown as Probes;
  const host = { ...env(), facts: { ...env().facts, tscInvariant: true } };
  expect(await probeClock(host, probes, 2.6e9)).toEqual({ ...good, skewNs: 5, faults: [] });
  expect(asked).toEqual([{ coreA: 0, coreB: 1, durationMs: 20 }]);
  expect((await probeClock(env(), probes, null)).faults).toHaveLength(1);
});

test('a round trip that is missing on one side is not known; frequencies stand for themselves', () => {
  const state = { roundTripNs: 55, frequencyHz: { generator: 3e9, device: 3.1e9 } };
  expect(bothWays(state, { ...state, roundTripNs: 110 }).coreRoundTripNs).toEqual({ before: 55, after: 110 });
  const half = bothWays({ ...state, roundTripNs: null }, state);
  expect(half.coreRoundTripNs).toBeNull();
  expect(half.coreFrequencyHz.before).toEqual({ generator: 3e9, device: 3.1e9 });
});

/** Three cores of the generator: two senders, one receiver that does not send. */
const several = { ...env(), generatorCore: 4, deviceCore: 1, txCores: [2, 3], rxCores: [5] };

test('of several cores each that a loop runs on is probed, and no other', async () => {
  const asked: number[] = [];
  const measureGaps: Probes['measureGaps'] = async ({ core, durationMs }) => {
    asked.push(core);
    return { core, durationNs: durationMs * 1e6, gaps: 0, gapNsTotal: 0, gapNsMax: 0 };
  };
  const jitter = await probeJitter(several, { measureGaps });
  expect(asked).toEqual([2, 3, 5, 1]);
  expect(jitter.map(({ core }) => core)).toEqual(asked);
});

test("the NFs' cores are probed as well, and may be the furthest, the slowest and the one whose clock is most off", async () => {
  const withNfs = { ...env(), nfCores: [6, 7] };
  const asked: number[] = [];
  const probes = {
    tscHz: () => 2.6e9,
    measureGaps: async ({ core }: { core: number }) => (asked.push(core), { core }),
    measureRoundTrip: async ({ coreA, coreB }: { coreA: number; coreB: number }) => 50 * coreA + coreB,
    measureFrequency: async ({ core }: { core: number }) => 3e9 - core,
    measureSkew: async ({ coreA }: { coreA: number }) => ({ skewNs: coreA === 6 ? -90 : 5, withinNs: coreA }),
  } as unknown as Probes;
  await probeJitter(withNfs, probes);
  expect(asked).toEqual([0, 1, 6, 7]);
  expect(await probeCores(withNfs, probes)).toEqual({
    roundTripNs: 351,
    frequencyHz: { generator: 3e9, device: 3e9 - 7 },
  });
  expect(await probeClock(withNfs, probes, null)).toMatchObject({ skewNs: -90, skewWithinNs: 6 });
});

test('of several cores the furthest, the slowest and the one whose clock is most off speak for all', async () => {
  const probes = {
    tscHz: () => 2.6e9,
    measureRoundTrip: async ({ coreA }: { coreA: number }) => 50 * coreA,
    measureFrequency: async ({ core }: { core: number }) => 3e9 - core,
    measureSkew: async ({ coreA }: { coreA: number }) => ({ skewNs: coreA === 3 ? -90 : 5, withinNs: coreA }),
  } as unknown as Probes;
  expect(await probeCores(several, probes)).toEqual({
    roundTripNs: 250,
    frequencyHz: { generator: 3e9 - 5, device: 3e9 - 1 },
  });
  expect(await probeClock(several, probes, null)).toMatchObject({ skewNs: -90, skewWithinNs: 3 });

  const notThird = {
    ...probes,
    measureRoundTrip: async ({ coreA }: { coreA: number }) => (coreA === 3 ? null : 50),
    measureSkew: async ({ coreA }: { coreA: number }) => (coreA === 3 ? null : { skewNs: 1, withinNs: 1 }),
  };
  expect((await probeCores(several, notThird)).roundTripNs).toBeNull();
  expect(await probeClock(several, notThird, null)).toMatchObject({ skewNs: null, skewWithinNs: null });
});
