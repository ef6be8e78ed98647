import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import { writeAtomically } from '../store/atomic.ts';

/**
 * How far a night has come, in `nightly.json` of the results. Only measuring is long and leaves something that is not found again by looking: all that
 * follows is worked out from archives and the log of alerts, however often.
 */
const stateSchema = z.object({
  schema: z.literal('nightly/1'),
  runId: z.string().min(1).max(200),
  stage: z.enum(['measuring', 'measured', 'done']),
  /** Cells that failed; 0 while it is measured. */
  cellsFailed: z.int().nonnegative(),
  /** When the night began, ISO 8601. */
  startedAt: z.iso.datetime({ offset: true }),
});

export type NightState = z.output<typeof stateSchema>;

export const nightFile = 'nightly.json';

/** Null where there was no night yet. Throws UserError (exit 2) for a file that is none of this harness. */
export async function readNight(dir: string): Promise<NightState | null> {
  const file = join(dir, nightFile);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw unreadable(file, error.code ?? error.message);
  });
  if (text === null) return null;
  const parsed = stateSchema.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  throw unreadable(file, parsed.error.issues[0]?.message ?? 'invalid');
}

export function saveNight(dir: string, state: Omit<NightState, 'schema'>): Promise<void> {
  return writeAtomically(
    join(dir, nightFile),
    `${JSON.stringify({ schema: 'nightly/1', ...state }, null, 2)}\n`,
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(file, (error as Error).message);
  }
}

function unreadable(file: string, reason: string): UserError {
  return new UserError(
    exitCode.badInput,
    `${file}: ${reason}. Remove it: the next night then begins with measuring`,
  );
}
