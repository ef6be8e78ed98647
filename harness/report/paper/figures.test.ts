import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expand } from '../../profile/expand.ts';
import { parseProfile } from '../../profile/parse.ts';
import { paperClaims, paperFigures } from './figures.ts';
import { notesFrom, profileFile } from './material.ts';
import { abilities, unmet } from './needs.ts';
import { readNotes } from './notes.ts';
import { readPublished } from './published.ts';
import { linearAxis, logAxis } from './scale.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('figures and profiles', () => {
  test('each figure that this program can measure has a profile, and no other has', () => {
    for (const figure of paperFigures) {
      // One that fails here can be measured now: write its profile.
      expect([figure.id, existsSync(profileFile(root, figure))]).toEqual([
        figure.id,
        unmet(figure.needs) === null,
      ]);
    }
  });

  test('each profile is of a figure', () => {
    const files = readdirSync(join(root, 'profiles/paper'));
    const known = paperFigures.map(({ id }) => `${id}.yaml`);
    expect(files.filter((file) => !known.includes(file))).toEqual([]);
    expect(files.length).toBeGreaterThan(5);
  });

  const measurable = paperFigures.filter(({ needs }) => unmet(needs) === null);
  test.each(measurable.map((figure) => [figure.id, figure] as const))(
    '%s is valid, has cells, and says what it is for',
    (id, figure) => {
      const text = readFileSync(profileFile(root, figure));
      const plan = expand(parseProfile(text, profileFile(root, figure), [], 'memif'));
      expect(plan.profile.name).toBe(id);
      expect(plan.cells.length).toBeGreaterThan(1);
      expect(readNotes(text.toString('utf8'))).not.toBeNull();
    },
  );

  test('a figure without a profile says itself what it is', () => {
    for (const figure of paperFigures)
      if (unmet(figure.needs) !== null) expect(notesFrom(figure, null).claim).not.toBe('');
  });

  test('the figures of each claim are there', () => {
    const ids = paperFigures.map(({ id }) => id);
    expect(paperClaims.flatMap(({ figures }) => figures).filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('what a figure needs is asked of the program as it is', () => {
  const needs = [
    { dataplane: 'sriov', what: 'SR-IOV' },
    { profileKey: 'instances', what: 'instances' },
  ];
  expect(unmet(needs, { dataplanes: ['sriov'], profileKeys: ['instances'] })).toBeNull();
  expect(unmet(needs, { dataplanes: ['netvm'], profileKeys: [] })).toBe(
    'This program lacks SR-IOV (a data plane sriov) and instances (a profile key instances).',
  );
  expect(abilities.profileKeys).toContain('hugePageSizes');
  expect(abilities.dataplanes).toContain('netvm');
});

test('notes are read from the first comments alone', () => {
  const text = '# other\n# Paper: a\n#   b\n# Claim: c\n# Ours: d\n\n# Paper: later\n';
  expect(readNotes(text)).toEqual({ paper: 'a b', claim: 'c', ours: 'd' });
  expect(readNotes(text.replace('# Claim: c\n', ''))).toBeNull();
});

test('published values have a source each, and a figure', async () => {
  const values = await readPublished();
  const ids = paperFigures.map(({ id }) => id);
  expect(values.length).toBeGreaterThan(8);
  expect(values.flatMap(({ figures }) => figures).filter((id) => !ids.includes(id))).toEqual([]);
  for (const { citation } of values) expect(citation.length).toBeGreaterThan(20);
});

test('axes hold their values, and their names stay apart', () => {
  expect(linearAxis([0, 14.88])).toEqual({
    kind: 'linear',
    min: 0,
    max: 14.88 * 1.12,
    ticks: [0, 5, 10, 15],
  });
  expect(linearAxis([])).toMatchObject({ min: 0, max: 1 });
  expect(logAxis([30, 5000])).toEqual({ kind: 'log', min: 10, max: 10_000, ticks: [10, 100, 1000, 10_000] });
  expect(logAxis([1, 9e6]).ticks.length).toBeLessThan(6);
  expect(logAxis([])).toMatchObject({ min: 1, max: 10 });
});
