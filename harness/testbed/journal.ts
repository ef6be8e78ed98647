import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Owner } from './owner.ts';

/**
 * Write-ahead journal: what a run is about to change on this host and how to put it back, on disk before the change
 * is made. One JSON object a line; a line that a kill cut short announces a change that was never made.
 */
export interface Journal {
  readonly owner: Owner;
  readonly runId: string;
  readonly startedAt: string;
  /** In the order they were announced. */
  readonly announced: readonly Announced[];
}

export interface Announced {
  readonly step: string;
  /** All that the step's undo needs. */
  readonly state: unknown;
}

const beginLine = z.object({
  type: z.literal('begin'),
  owner: z.object({ pid: z.int(), startTicks: z.string(), bootId: z.string() }),
  runId: z.string(),
  startedAt: z.string(),
});
const announceLine = z.object({ type: z.literal('announce'), step: z.string(), state: z.unknown() });

/** Opens a new journal. Throws EEXIST where there is one: this is what keeps two runs apart. */
export class JournalWriter {
  readonly #fd: number;
  readonly #path: string;

  constructor(path: string, owner: Owner, runId: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    // It gets its name only with its first line in it: an empty journal would not say whose it is.
    const unnamed = `${path}.${owner.pid}`;
    this.#fd = openSync(unnamed, 'w', 0o600);
    this.#append({ type: 'begin', owner, runId, startedAt: new Date().toISOString() });
    try {
      linkSync(unnamed, path);
    } finally {
      unlinkSync(unnamed);
    }
    syncDirectory(path);
  }

  announce(step: string, state: unknown): void {
    this.#append({ type: 'announce', step, state });
  }

  /** Everything is put back. */
  remove(): void {
    closeSync(this.#fd);
    removeJournal(this.#path);
  }

  #append(line: object): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
    fsyncSync(this.#fd);
  }
}

/** Null where there is none. Throws where it cannot be understood. */
export function readJournal(path: string): Journal | null {
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, 'utf8').split('\n');
  const begin = beginLine.safeParse(parseLine(lines[0]));
  if (!begin.success) throw new Error(`${path} is not a journal: see what it says, then remove it`);
  const announced = lines.slice(1).flatMap((line) => {
    const parsed = announceLine.safeParse(parseLine(line));
    return parsed.success ? [{ step: parsed.data.step, state: parsed.data.state }] : [];
  });
  const { owner, runId, startedAt } = begin.data;
  return { owner, runId, startedAt, announced };
}

export function removeJournal(path: string): void {
  if (existsSync(path)) unlinkSync(path);
  syncDirectory(path);
}

function parseLine(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

/** A new or removed name is on disk only when its directory is. */
function syncDirectory(path: string): void {
  const fd = openSync(dirname(path), 'r');
  fsyncSync(fd);
  closeSync(fd);
}
