import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { figureColumns } from './figures.ts';
import { trialColumns } from './trials.ts';
import { utiSchema } from './uti-schema.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/exports.md'), 'utf8');

function tableBelow(heading: string): string[] {
  const section = text.slice(text.indexOf(`\n${heading}\n`) + heading.length + 2).split('\n#')[0] ?? '';
  // Without its head.
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
}

test.each([
  ['### figures', figureColumns],
  ['### trials', trialColumns],
] as const)('docs/exports.md has the columns of %s as the code has them', (heading, columns) => {
  const rows = columns.map(({ name, type, about }) => `| \`${name}\` | ${type} | ${about} |`);
  expect(tableBelow(heading)).toEqual(rows);
});

test('docs/exports.md says of every UTI field what it is filled with', () => {
  const named = new Set(
    tableBelow('## UTI').flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([a-z_]+)[`.]/g)].map((match) => match[1]),
    ),
  );
  const { version: _, ...fields } = utiSchema.shape;
  expect([...named].sort()).toEqual(Object.keys(fields).sort());
});
