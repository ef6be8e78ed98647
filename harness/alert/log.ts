import { open, mkdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import { withLock } from '../native/lock.ts';
import { apply, emptyBook, ImpossibleEvent, numbered } from './book.ts';
import type { Book } from './book.ts';
import { lineSchema } from './event.ts';
import type { AlertEvent, LoggedEvent } from './event.ts';

/** Some 100,000 events; a log that large was not written by this harness. */
export const logBytesMax = 256 << 20;
const lineBytesMax = 1 << 20;

/** The file of all alerts of a directory of results. */
export const logFile = 'alerts.jsonl';

export interface LogReading {
  readonly book: Book;
  readonly events: readonly LoggedEvent[];
  /** Length of what is sound, bytes; a torn last line lies behind it. */
  readonly soundBytes: number;
  /** One sentence where the last line is torn; null where it is not. */
  readonly torn: string | null;
}

/**
 * Reads a log; one that is not there is empty. A harness killed in mid-write leaves a torn last line: it is left out, and said. Anything else
 * that cannot be read is damage: UserError with file and line, since events must not vanish in silence.
 */
export async function readLog(file: string): Promise<LogReading> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw damaged(file, 1, error.message);
  });
  if (handle === null) return { book: emptyBook, events: [], soundBytes: 0, torn: null };
  try {
    return await readFrom(handle, file);
  } finally {
    await handle.close();
  }
}

async function readFrom(handle: FileHandle, file: string): Promise<LogReading> {
  const found = await handle.stat();
  if (!found.isFile()) throw damaged(file, 1, 'it is not a plain file');
  if (found.size > logBytesMax)
    throw damaged(file, 1, `it has ${found.size} bytes; expected at most ${logBytesMax}`);
  const bytes = await handle.readFile();
  const soundBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, soundBytes).toString('utf8').split('\n').slice(0, -1);
  let book = emptyBook;
  const events = lines.map((line, index) => {
    const logged = parseLine(line, file, index + 1);
    book = applied(book, logged, file, index + 1);
    return logged;
  });
  const isTorn = soundBytes < bytes.length;
  const torn = `${file}:${lines.length + 1}: the last line is torn (its writer was killed); it is left out`;
  return { book, events, soundBytes, torn: isTorn ? torn : null };
}

/** What a writer is given, and what it did. */
export interface Written {
  readonly book: Book;
  readonly events: readonly LoggedEvent[];
  readonly torn: string | null;
}

/**
 * Reads the log, asks what is to be added, and adds that, on disk before it returns; no other process can write in between. Where another one
 * holds it for longer than 10 s: UserError (exit 3).
 */
export async function appendToLog(
  file: string,
  decide: (book: Book) => readonly AlertEvent[],
  now: () => number = Date.now,
): Promise<Written> {
  await mkdir(dirname(file), { recursive: true });
  const busy = `another ./netvm is writing ${file} right now: try again when it has done so`;
  return withLock(
    lockName(file),
    async () => {
      const { book, soundBytes, torn } = await readLog(file);
      const events = numbered(book, decide(book), new Date(now()).toISOString());
      // Before they are written: what cannot be read back must not be in the log.
      const lines = events.map((logged) => toLine(logged));
      const next = events.reduce(apply, book);
      if (lines.length > 0) await write(file, lines.join(''), soundBytes, torn !== null);
      return { book: next, events, torn };
    },
    busy,
  );
}

/** The same for the same file, however it is named. */
export function lockName(file: string): string {
  return `alerts ${resolve(file)}`;
}

async function write(file: string, text: string, soundBytes: number, isTorn: boolean): Promise<void> {
  const handle = await open(file, 'a', 0o644);
  try {
    if (isTorn) await handle.truncate(soundBytes);
    await handle.appendFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (soundBytes > 0) return;
  // A new name is on disk only when its directory is.
  const directory = await open(dirname(file), 'r');
  await directory.sync().finally(() => directory.close());
}

function toLine({ seq, time, event }: LoggedEvent): string {
  const line = { schema: 'alert-log/1', seq, time, event };
  const { error } = lineSchema.safeParse(line);
  if (error !== undefined) throw new Error(`cannot be logged: ${z.prettifyError(error)}`);
  return `${JSON.stringify(line)}\n`;
}

function parseLine(line: string, file: string, number: number): LoggedEvent {
  if (line.length > lineBytesMax)
    throw damaged(file, number, `it has ${line.length} characters; expected at most ${lineBytesMax}`);
  const data = parseJson(line, file, number);
  const version = typeof data === 'object' && data !== null && 'schema' in data ? data.schema : undefined;
  if (version !== 'alert-log/1') {
    const shown = JSON.stringify(version ?? null).slice(0, 64);
    throw damaged(
      file,
      number,
      `its "schema" is ${shown}; this harness reads alert-log/1: use the one that wrote it, or a newer one`,
    );
  }
  const parsed = lineSchema.safeParse(data);
  if (parsed.success) {
    const { seq, time, event } = parsed.data;
    return { seq, time, event };
  }
  const [issue] = parsed.error.issues;
  throw damaged(file, number, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

function parseJson(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw damaged(file, number, `not JSON: ${(error as Error).message}`);
  }
}

function applied(book: Book, logged: LoggedEvent, file: string, number: number): Book {
  try {
    return apply(book, logged);
  } catch (error) {
    if (error instanceof ImpossibleEvent) throw damaged(file, number, error.message);
    throw error;
  }
}

function damaged(file: string, line: number, reason: string): UserError {
  return new UserError(
    exitCode.badInput,
    `${file}:${line}: ${reason}. Put back a copy of the file, or mend this line by hand`,
  );
}
