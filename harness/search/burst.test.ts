import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bufferTime, longestBurst, type Burst, type BurstGoal } from './burst.ts';
import { disturbed, outcome } from './simulated.fixture.ts';
import type { TrialOutcome } from './trial.ts';

const ratePps = 14_880_952;
const goal: BurstGoal = {
  startFrames: 1_000,
  limitFrames: 1_000_000,
  resolutionRatio: 0.02,
  ratePps,
  maxRepeats: 3,
};
const load = (frames: number) => ({ pps: ratePps, durationMs: (frames / ratePps) * 1e3 });

/** A device that forwards so much and buffers the rest, up to so many frames. */
function buffered(capacityPps: number, bufferFrames: number) {
  const bursts: number[] = [];
  const send: Burst = (frames) => {
    bursts.push(frames);
    const kept = frames * Math.min(1, capacityPps / ratePps) + bufferFrames;
    return Promise.resolve(outcome(load(frames), Math.max(0, frames - kept) / frames));
  };
  return Object.assign(send, { bursts });
}

describe('the longest burst', () => {
  test('is found within the resolution, and tells the buffer once it is corrected', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 16, max: 100_000 }),
        fc.double({ min: 0.05, max: 0.8, noNaN: true }),
        async (bufferFrames, share) => {
          const device = buffered(share * ratePps, bufferFrames);
          const found = await longestBurst(device, goal);
          const exact = bufferFrames / (1 - share);
          expect(found).toMatchObject({ kind: 'found', isLimit: false });
          if (found.kind !== 'found') return;
          expect(found.frames).toBeLessThanOrEqual(exact + 1);
          expect(found.frames).toBeGreaterThan(exact * 0.975 - 2);
          const { correctedNs } = bufferTime(found.frames, ratePps, share * ratePps);
          expect((correctedNs * ratePps) / 1e9).toBeCloseTo(found.frames * (1 - share), 3);
          expect(device.bursts.length).toBeLessThanOrEqual(40);
        },
      ),
    );
  });

  test('of a device that keeps up is the longest that was tried', async () => {
    const found = await longestBurst(buffered(20e6, 10), goal);
    expect(found).toMatchObject({ kind: 'found', frames: 1_000_000, isLimit: true });
  });

  test('of a device that passes nothing is none', async () => {
    const found = await longestBurst((frames) => Promise.resolve(outcome(load(frames), 1)), goal);
    expect(found).toEqual({ kind: 'found', frames: 0, isLimit: false, best: null });
  });
});

describe('what a burst shows', () => {
  const scripted = (script: (frames: number, i: number) => TrialOutcome) => {
    let i = 0;
    return (frames: number) => Promise.resolve(script(frames, i++));
  };
  const one: BurstGoal = { ...goal, startFrames: 100, limitFrames: 100 };

  test('a single loss is verified, and forgotten where it does not come again', async () => {
    const send = scripted((frames, i) => outcome(load(frames), i === 0 ? 0.01 : 0));
    expect(await longestBurst(send, one)).toMatchObject({ frames: 100, isLimit: true });
  });

  test('what gaps lost, and what was sent too slowly, shows nothing; all of it voids the search', async () => {
    const gaps = scripted((frames) => disturbed(load(frames)));
    expect(await longestBurst(gaps, one)).toMatchObject({ kind: 'void', outcome: { verdict: 'disturbed' } });
    const slow = scripted((frames) => outcome(load(frames), 0, { offeredPps: ratePps * 0.9 }));
    expect(await longestBurst(slow, one)).toMatchObject({ kind: 'void' });
    const once = scripted((frames, i) => (i < 2 ? disturbed(load(frames)) : outcome(load(frames), 0)));
    expect(await longestBurst(once, one)).toMatchObject({ kind: 'found', frames: 100 });
  });

  test('what the generator cannot send in one burst ends it: all that it could send passed', async () => {
    const send = (frames: number) =>
      Promise.resolve(outcome(load(frames), 0, frames > 3_000 ? { offeredPps: ratePps * 0.9 } : {}));
    const found = await longestBurst(send, { ...goal, startFrames: 1_000, limitFrames: 1_000_000 });
    expect(found).toMatchObject({ kind: 'found', frames: 2_000, isLimit: true });
  });

  test('a dead NF ends it', async () => {
    let sent = 0;
    const send = scripted((frames) => {
      sent++;
      return outcome(load(frames), 1, { verdict: 'nf-died' });
    });
    expect(await longestBurst(send, goal)).toMatchObject({ kind: 'void', outcome: { verdict: 'nf-died' } });
    expect(sent).toBe(1);
  });
});

test('whatever the device does, the search ends', async () => {
  const verdict = fc.constantFrom('valid', 'disturbed', 'generator-limited', 'unbalanced' as const);
  const answers = fc.array(fc.record({ verdict, loss: fc.constantFrom(0, 0, 0.1) }), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(answers, async (script) => {
      let i = 0;
      const found = await longestBurst((frames) => {
        const { verdict, loss } = script[i++ % script.length] ?? { verdict: 'valid', loss: 0 };
        return Promise.resolve(outcome(load(frames), loss, { verdict }));
      }, goal);
      expect(i).toBeLessThan(60 * (goal.maxRepeats + 2));
      if (found.kind === 'found') expect(found.frames).toBeLessThanOrEqual(goal.limitFrames);
    }),
  );
});

test('a goal that makes no sense is refused', async () => {
  const send = buffered(1, 1);
  await expect(longestBurst(send, { ...goal, startFrames: 0 })).rejects.toThrow(/startFrames/);
  await expect(longestBurst(send, { ...goal, startFrames: 1.5 })).rejects.toThrow(/whole numbers/);
  await expect(longestBurst(send, { ...goal, limitFrames: 9 })).rejects.toThrow(/got 1000 and 9/);
  await expect(longestBurst(send, { ...goal, resolutionRatio: 1 })).rejects.toThrow(/resolutionRatio/);
  expect(send.bursts).toEqual([]);
});

test('RFC 9004: what is forwarded meanwhile does not count as buffer', () => {
  // 26,000 frames at 14.88 Mpps last 1.747 ms; a device that forwards half of them buffers for half of that.
  expect(bufferTime(26_000, 14_880_952, 7_440_476)).toEqual({
    impliedNs: expect.closeTo(1_747_200, 0) as number,
    correctedNs: expect.closeTo(873_600, 0) as number,
  });
});
