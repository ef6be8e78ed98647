import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bisect } from './bisect.ts';
import type { StepVerdict } from './bisect.ts';

const letters: Readonly<Record<string, StepVerdict['verdict']>> = {
  g: 'good',
  b: 'bad',
  u: 'undecided',
  x: 'unusable',
};

/** Plays a history, a letter a commit: good, bad, undecided, x for one that does not build. Commits are called by their places. */
async function play(history: string) {
  const commits = [...history].map((_, i) => String(i));
  const found = await bisect(commits, async (commit) => ({
    verdict: letters[history[Number(commit)] ?? ''] ?? 'unusable',
    reason: '',
  }));
  return { ...found, candidates: found.candidates.join(' '), asked: found.steps.map((step) => step.commit) };
}

describe('a history with one change', () => {
  test.each(Array.from({ length: 33 }, (_, i) => i))(
    '%i good ones before it: found, in six steps at most',
    async (good) => {
      const { candidates, lastGood, asked } = await play('g'.repeat(good) + 'b'.repeat(33 - good + 1));
      expect(candidates).toBe(String(good));
      expect(lastGood).toBe(good === 0 ? null : String(good - 1));
      expect(asked.length).toBeLessThanOrEqual(6);
      expect(new Set(asked).size).toBe(asked.length);
    },
  );

  test('of one commit needs no step', async () => {
    expect(await play('b')).toMatchObject({ candidates: '0', asked: [] });
    await expect(bisect([], () => Promise.reject(new Error('not asked')))).rejects.toThrow(RangeError);
  });
});

describe('commits that cannot be judged', () => {
  test('are passed over where there are others', async () => {
    expect((await play('ggxgxbxbb')).candidates).toBe('4 5');
    expect((await play('gggxxxbbb')).candidates).toBe('3 4 5 6');
    expect((await play('gxgbbuubb')).candidates).toBe('3');
  });

  test('leave the range where there are none', async () => {
    const { candidates, lastGood, steps } = await play('xxuxb');
    expect({ candidates, lastGood }).toEqual({ candidates: '0 1 2 3 4', lastGood: null });
    expect(steps.map(({ verdict }) => verdict).toSorted()).toEqual([
      'undecided',
      'unusable',
      'unusable',
      'unusable',
    ]);
  });

  test('end it in time, however many', async () => {
    const { steps, candidates } = await play(`${'x'.repeat(2000)}b`);
    expect(steps).toHaveLength(2 * 11 + 10);
    expect(candidates.split(' ')).toHaveLength(2001);
  });
});

test('whatever the history, what is left begins after a good one and ends with a bad one', async () => {
  const histories = fc.array(fc.constantFrom('g', 'b', 'u', 'x'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(histories, async (letter) => {
      const history = `${letter.join('')}b`;
      const { candidates, lastGood, steps } = await play(history);
      const places = candidates.split(' ').map(Number);
      const first = places[0] ?? Number.NaN;
      expect(lastGood === null ? -1 : Number(lastGood)).toBe(first - 1);
      if (first > 0) expect(history[first - 1]).toBe('g');
      expect(history[places.at(-1) ?? Number.NaN]).toBe('b');
      // Nothing that is left and could be judged was not asked about, as long as there were steps.
      if (steps.length < 2 * Math.ceil(Math.log2(history.length)) + 10) {
        for (const place of places.slice(0, -1)) expect(['u', 'x']).toContain(history[place]);
      }
    }),
    { seed: 7 },
  );
});
