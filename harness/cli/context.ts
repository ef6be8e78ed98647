import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lchown, readdir } from 'node:fs/promises';
import { plainLines } from '../report/markup.ts';
import { createProgress } from './progress.ts';
import type { CliProgress } from './progress.ts';

/** What every command gets. */
export interface Context {
  /** The repository. */
  readonly root: string;
  /** Directory of the native programs. */
  readonly native: string;
  /** The command line, for the archive. */
  readonly command: string;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  readonly progress: CliProgress;
  /** One line for a human, on stderr. */
  say(text: string): void;
  /** What the command is for, on stdout. */
  print(text: string): void;
  /** Paths written as root that are to belong to whoever called sudo. */
  readonly written: Set<string>;
  giveBack(): Promise<void>;
}

export function createContext(): Context {
  const root = resolve(import.meta.dirname, '../..');
  const controller = new AbortController();
  const progress = createProgress({
    isTty: process.stderr.isTTY,
    columns: () => process.stderr.columns ?? 80,
    write: (text) => process.stderr.write(text),
    nowMs: () => performance.now(),
  });
  const say = (text: string) => {
    progress.finish();
    // Logs, commits and archives are quoted in it.
    process.stderr.write(`${plainLines(text)}\n`);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) say(`netvm: ${name}: putting everything back`);
      controller.abort(new Error(`interrupted by ${name}`));
    });
  }
  // A pipe that closed (`| head`) must not keep the testbed from being put back.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => controller.abort());
  const written = new Set<string>();
  return {
    root,
    native: join(root, 'native', 'build', 'bin'),
    command: ['./netvm', ...process.argv.slice(2)].join(' '),
    signal: controller.signal,
    progress,
    say,
    print: (text) => process.stdout.write(`${text}\n`),
    written,
    giveBack: () => giveBack(written),
  };
}

async function giveBack(paths: Iterable<string>): Promise<void> {
  const uid = Number(process.env['SUDO_UID'] ?? Number.NaN);
  const gid = Number(process.env['SUDO_GID'] ?? Number.NaN);
  if (process.getuid?.() !== 0 || !Number.isInteger(uid) || !Number.isInteger(gid)) return;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    // Links are not followed: nothing outside is given away.
    await lchown(path, uid, gid);
    const inside = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of inside) await lchown(join(entry.parentPath, entry.name), uid, gid);
  }
}
