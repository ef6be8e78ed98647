import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { CannotRun } from '../model/cannot-run.ts';

const lineSchema = z.strictObject({ test: z.string(), reason: z.string().min(1) });

/** What the tests of a stage wrote; none where there is no such file. */
export function readCannotRun(file: string): CannotRun[] {
  return lines(file).map((line) => lineSchema.parse(JSON.parse(line)));
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
