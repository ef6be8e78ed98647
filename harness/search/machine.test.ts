import { describe, expect, test } from 'vitest';
import { input, search } from './goals.fixture.ts';
import { disturbed, outcome, recorded } from './simulated.fixture.ts';
import { dice } from './simulated.ts';

describe('a disturbed machine', () => {
  test('half of the trials: the same result, each repeated, none counted as loss', async () => {
    const random = dice(1);
    const device = recorded((load) =>
      random() < 0.5
        ? disturbed(load, Math.max(0, load.pps - 8e6) / 4)
        : outcome(load, Math.max(0, load.pps - 8e6) / load.pps),
    );
    const result = await search(device);
    expect(result.verdict).toBe('valid');
    expect(result.best?.lost).toBe(0);
    expect(result.lowerPps).toBeLessThanOrEqual(8e6);
    expect(result.upperPps).toBeGreaterThan(8e6);
    expect(result.trialsDisturbed).toBeGreaterThan(0);
  });

  test('every trial: judged by what was lost outside the gaps, and the verdict says so', async () => {
    const device = recorded((load) => {
      const over = load.pps - 8e6;
      return over > 0 ? outcome(load, over / load.pps, { lostInGaps: 10 }) : disturbed(load);
    });
    const result = await search(device);
    expect(result.verdict).toBe('disturbed');
    expect(result.reason).toMatch(/1000 were lost, all of them then/);
    expect(result.lowerPps).toBeLessThanOrEqual(8e6);
    expect(result.lowerPps).toBeGreaterThan(8e6 * 0.95);
    expect(result.upperPps).toBeGreaterThan(8e6);
  });

  test('all repeats disturbed with loss outside the gaps too: the load failed', async () => {
    const device = recorded((load) => (load.pps > 8e6 ? disturbed(load, 5) : outcome(load, 0)));
    const result = await search(device);
    expect(result.verdict).toBe('valid');
    expect(result.upperPps).toBeGreaterThan(8e6);
  });

  test('for longer than not: not known, and the result says so', async () => {
    const device = recorded((load) =>
      load.pps > 8e6 ? { ...disturbed(load, 50), undisturbedRatio: 0.2 } : outcome(load, 0),
    );
    const result = await search(device);
    expect(result.verdict).toBe('disturbed');
    expect(result.reason).toMatch(/^Whether the device can do 8\.\d+ Mpps is not known: gaps/);
    expect(result.lowerPps).toBeLessThanOrEqual(8e6);
    const nothing = await search(recorded((load) => ({ ...disturbed(load), undisturbedRatio: 0.2 })));
    expect(nothing).toMatchObject({ verdict: 'disturbed', throughputPps: null });
  });

  test('a little loss that no loop saw: repeated, and passed where it does not come again', async () => {
    const random = dice(7);
    const device = recorded((load) =>
      outcome(load, load.pps > 8e6 ? 1 - 8e6 / load.pps : random() < 0.3 ? 0.0001 : 0),
    );
    const result = await search(device);
    expect(result.verdict).toBe('valid');
    expect(result.lowerPps).toBeGreaterThan(8e6 * 0.95);
    expect(result.best?.lost).toBe(0);
    const always = recorded((load) => outcome(load, 0.0001));
    expect(await search(always, { minPps: input.maxPps })).toMatchObject({
      throughputPps: null,
      trials: 3,
    });
  });

  test('where the load found cannot be confirmed, single trials find another, and that is confirmed', async () => {
    let passed = 0;
    const device = recorded((load) => {
      if (load.pps > 8e6) return outcome(load, 1 - 8e6 / load.pps);
      if (load.pps > 7.5e6 && passed++ > 0) return { ...disturbed(load), undisturbedRatio: 0.2 };
      return outcome(load, 0);
    });
    const result = await search(device);
    expect(result.lowerPps).toBeLessThanOrEqual(7.5e6);
    expect(result.lowerPps).toBeGreaterThan(7e6);
    expect(result).toMatchObject({ verdict: 'disturbed', upperPps: expect.closeTo(8.1e6, -5) });
    expect(result.reason).toMatch(/^Whether the device can do 7\.\d+ Mpps is not known/);
    // The wire's rate, two loads around the cliff; four, in growing steps, above what can be had; two around that.
    expect(new Set(device.loads.map(({ pps }) => pps)).size).toBeLessThanOrEqual(9);
  });

  test('a load is offered no more often than allowed', async () => {
    const device = recorded((load) => disturbed(load));
    const result = await search(device, { maxRepeats: 2 });
    expect(result).toMatchObject({
      verdict: 'disturbed',
      trials: 3,
      trialsDisturbed: 3,
      throughputPps: input.maxPps,
    });
  });
});

describe('a generator that cannot offer the load', () => {
  const limited = (limit: number, capacity: number) =>
    recorded((load) => {
      const offered = Math.min(load.pps, limit);
      const base = outcome({ ...load, pps: offered }, Math.max(0, offered - capacity) / offered);
      return offered < load.pps ? { ...base, verdict: 'generator-limited', reason: 'too slow' } : base;
    });

  test('bounds the result, which says so, and is no loss', async () => {
    const result = await search(limited(6e6, 20e6));
    expect(result).toMatchObject({ verdict: 'generator-limited', throughputPps: 6e6 });
    expect(result.reason).toMatch(/offered 6\.00 Mpps of 14\.88 Mpps/);
    expect(result.trials).toBe(1 + input.maxRepeats);
  });

  test('but not where the device is slower still', async () => {
    const result = await search(limited(6e6, 4e6));
    expect(result.verdict).toBe('valid');
    expect(result.lowerPps).toBeLessThanOrEqual(4e6);
    expect(result.lowerPps).toBeGreaterThan(4e6 * 0.95);
  });

  test('keeps the bounds apart though a higher load failed: that is said, and the result irregular', async () => {
    const device = recorded((load) =>
      load.pps > 10e6
        ? outcome(load, 0.4)
        : outcome({ ...load, pps: 6e6 }, 0, { verdict: 'generator-limited', reason: 'too slow' }),
    );
    const result = await search(device);
    expect(result).toMatchObject({ verdict: 'generator-limited', lowerPps: 6e6, upperPps: input.maxPps });
    expect(result.goals[0]).toMatchObject({ isRegular: false });
    expect(result.reason).toMatch(/^The generator offered 6\.00 Mpps of 8\.84 Mpps/);
  });

  test('is not asked again for a load of which less was lost already', async () => {
    const device = limited(6e6, 4e6);
    await search(device);
    expect(device.loads.filter((load) => load.pps === input.maxPps)).toHaveLength(1);
    expect(device.loads.length).toBeLessThanOrEqual(8);
  });

  test('a little that was lost of less must be seen three times, as of the load itself', async () => {
    const device = recorded((load) =>
      outcome(load, load.pps > 4e6 ? 0.0001 : 0, load.pps > 4e6 ? { verdict: 'generator-limited' } : {}),
    );
    const result = await search(device);
    expect(device.loads.filter((load) => load.pps === input.maxPps)).toHaveLength(3);
    expect(result.verdict).toBe('valid');
    expect(result.lowerPps).toBeLessThanOrEqual(4e6);
  });

  test('a little that was lost of less once is no loss', async () => {
    const device = recorded((load, i) =>
      outcome({ ...load, pps: 6e6 }, i === 0 ? 0.0001 : 0, { verdict: 'generator-limited' }),
    );
    const result = await search(device);
    expect(result).toMatchObject({ verdict: 'generator-limited', throughputPps: 6e6, best: { lost: 0 } });
  });

  test('what was lost of less in gaps, or while most was gaps, tells nothing', async () => {
    for (const changes of [{ lostInGaps: 1e9 }, { undisturbedRatio: 0.2 }]) {
      const device = recorded((load) => outcome(load, 0.3, { verdict: 'generator-limited', ...changes }));
      const result = await search(device, { minPps: input.maxPps });
      expect(result).toMatchObject({ verdict: 'generator-limited', throughputPps: null });
      expect(device.loads).toHaveLength(1 + input.maxRepeats);
    }
  });
});
