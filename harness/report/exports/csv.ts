import { plain } from '../markup.ts';
import type { Table, Value } from './column.ts';

/**
 * RFC 4180, with a header. Nothing is an empty field; numbers are written as they are, so that they are read back exactly. A text that a spreadsheet would take for a formula
 * has `'` before it, as spreadsheets themselves have it, and characters that steer a terminal are replaced.
 */
export function csvOf<Row>({ columns, rows }: Table<Row>): string {
  const lines = rows.map((row) => columns.map((column) => field(column.of(row))).join(','));
  return [columns.map(({ name }) => name).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function field(value: Value): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = inert(plain(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Full-width forms are normalised to the same signs by some. */
function inert(text: string): string {
  return /^[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
}
