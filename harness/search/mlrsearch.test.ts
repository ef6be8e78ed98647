import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confirmed, input, once, search } from './goals.fixture.ts';
import { cliff, outcome, recorded } from './simulated.fixture.ts';

describe('a device with a cliff', () => {
  test('that keeps up with the wire: its rate, confirmed, and no upper bound', async () => {
    const device = cliff(20e6);
    const result = await search(device);
    expect(result).toMatchObject({
      verdict: 'valid',
      reason: null,
      throughputPps: input.maxPps,
      upperPps: null,
      trials: 2,
    });
    expect(device.loads.map((load) => load.pps)).toEqual([input.maxPps, input.maxPps]);
  });

  test('without a confirmation where none is asked for', async () => {
    expect(await search(cliff(20e6), { goals: [once] })).toMatchObject({ trials: 1 });
  });

  test('is found within the resolution, wherever it is, in few trials', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 10_100, max: 14.8e6, noNaN: true }), async (capacity) => {
        const result = await search(cliff(capacity));
        expect(result.verdict).toBe('valid');
        const { lowerPps, upperPps } = result;
        expect(lowerPps).toBeLessThanOrEqual(capacity);
        expect(upperPps).toBeGreaterThan(capacity);
        expect((upperPps ?? 0) - (lowerPps ?? 0)).toBeLessThanOrEqual(
          confirmed.widthRatio * (upperPps ?? 0) * 1.000001,
        );
        expect(result.throughputPps).toBe(lowerPps);
        expect(result.trials).toBeLessThanOrEqual(8);
      }),
    );
  });

  test('that moves while it is searched for: what failed when confirmed is not the result', async () => {
    const device = recorded((load, i) => outcome(load, load.pps > (i < 3 ? 12e6 : 9e6) ? 0.1 : 0));
    const result = await search(device);
    expect(result.lowerPps).toBeLessThanOrEqual(9e6);
    expect(result.lowerPps).toBeGreaterThan(9e6 * 0.95);
    expect(result.upperPps).toBeGreaterThan(9e6);
  });

  test('below the lowest load: no throughput, and it says so', async () => {
    const result = await search(recorded((load) => outcome(load, 0.3)));
    expect(result).toMatchObject({ throughputPps: null, best: null, lowerPps: null, upperPps: input.minPps });
    expect(result.reason).toMatch(/even at the lowest load tried, 0\.01 Mpps/);
  });

  test('with loss that grows slowly, and a goal that allows some', async () => {
    const gradual = () => recorded((load) => outcome(load, Math.max(0, load.pps / 5e6 - 1) / 50));
    const strict = await search(gradual());
    expect(strict.lowerPps).toBeLessThanOrEqual(5e6);
    expect(strict.lowerPps).toBeGreaterThan(5e6 * 0.95);
    const lenient = await search(gradual(), { goals: [{ ...confirmed, lossRatio: 0.005 }] });
    expect(lenient.lowerPps).toBeLessThanOrEqual(6.25e6);
    expect(lenient.lowerPps).toBeGreaterThan(6.25e6 * 0.95);
  });
});

test('an NF that died ends the search; books that never close do too', async () => {
  const died = recorded((load, i) =>
    i === 2
      ? outcome(load, 0, { verdict: 'nf-died', reason: 'nf0 died' })
      : outcome(load, load.pps > 1e6 ? 0.5 : 0),
  );
  expect(await search(died)).toMatchObject({
    verdict: 'nf-died',
    reason: 'nf0 died',
    trials: 3,
  });
  const unbalanced = recorded((load) => outcome(load, 0, { verdict: 'unbalanced', reason: 'off by 1' }));
  expect(await search(unbalanced)).toMatchObject({
    verdict: 'unbalanced',
    reason: 'off by 1',
    trials: 1 + input.maxRepeats,
  });
});

test('books that did not close once are closed by a repeat', async () => {
  const device = recorded((load, i) => outcome(load, 0, i === 0 ? { verdict: 'unbalanced' } : {}));
  expect(await search(device)).toMatchObject({ verdict: 'valid', trials: 3 });
});

test('a trial that rejects ends the search with its error', async () => {
  await expect(search(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
});

test('whatever the device does, the search ends, within bounds, and what it quotes passed', async () => {
  const verdict = fc.constantFrom('valid', 'valid', 'disturbed', 'generator-limited', 'unbalanced' as const);
  const answer = fc.record({
    verdict,
    loss: fc.constantFrom(0, 0, 0.01, 0.5),
    offered: fc.double({ min: 0.1, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      async (answers, widthRatio) => {
        const device = recorded((load, i) => {
          const { verdict, loss, offered } = answers[i % answers.length] ?? {
            verdict: 'valid',
            loss: 0,
            offered: 1,
          };
          return outcome({ ...load, pps: load.pps * offered }, loss, { verdict });
        });
        const result = await search(device, { maxRepeats: 2, goals: [{ ...confirmed, widthRatio }] });
        expect(result.trials).toBe(device.loads.length);
        expect(result.trials).toBeLessThanOrEqual(300);
        for (const { pps } of device.loads) {
          expect(pps).toBeGreaterThanOrEqual(input.minPps);
          expect(pps).toBeLessThanOrEqual(input.maxPps);
        }
        if (result.lowerPps !== null && result.upperPps !== null)
          expect(result.lowerPps).toBeLessThan(result.upperPps);
        if (result.verdict === 'valid' && result.best !== null) expect(result.best.lost).toBe(0);
        expect(result.reason === null).toBe(result.verdict === 'valid' && result.throughputPps !== null);
      },
    ),
    { numRuns: 500 },
  );
});

test('a goal that makes no sense is refused before a packet is sent', async () => {
  const device = cliff(1e6);
  await expect(search(device, { minPps: 0 })).rejects.toThrow(/minPps/);
  await expect(search(device, { minPps: 2, maxPps: 1 })).rejects.toThrow(/got 2 and 1/);
  await expect(search(device, { goals: [] })).rejects.toThrow(/goals: expected one or more/);
  await expect(search(device, { goals: [confirmed, { ...confirmed, widthRatio: 0 }] })).rejects.toThrow(
    /widthRatio: the Goal Width is above 0 %/,
  );
  expect(device.loads).toEqual([]);
});
