import { exitCode, UserError } from '../../model/errors.ts';
import type { SqlRow } from './sql.ts';

/**
 * Values of rows, checked: a database that others write to may hold anything. Each throws UserError (2), which names the column.
 */
export function textOf(row: SqlRow, column: string, longest = 4_096): string {
  const value = row[column];
  if (typeof value === 'string' && value.length <= longest) return value;
  throw strange(column, `a text of at most ${longest} characters`, value);
}

export function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

export function numberOf(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw strange(column, 'a number', value);
}

export function numberOrNull(row: SqlRow, column: string): number | null {
  return row[column] === null ? null : numberOf(row, column);
}

/** PostgreSQL counts in more bits than a number has, and so hands counts and sums over as text. */
export function countOf(row: SqlRow | undefined, column: string): number {
  const value = Number(row?.[column]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw strange(column, 'a count', row?.[column]);
}

export function oneOf<T extends string>(row: SqlRow, column: string, names: readonly T[]): T {
  const value = row[column];
  for (const name of names) if (name === value) return name;
  throw strange(column, `one of ${names.join(', ')}`, value);
}

const shownMax = 60;

export function strange(column: string, expected: string, value: unknown): UserError {
  const got = (JSON.stringify(value) ?? 'nothing').slice(0, shownMax);
  return new UserError(
    exitCode.badInput,
    `the index was changed by another program: ${column}: expected ${expected}, got ${got}. Delete the index, nothing is lost: it is built anew from the runs.`,
  );
}
