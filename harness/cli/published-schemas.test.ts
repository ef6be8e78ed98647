import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedSchemas } from './published-schemas.ts';

test.each(publishedSchemas)(
  '$file is what the harness accepts (npm run schemas writes it)',
  ({ file, text }) => {
    expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).toBe(text);
  },
);
