import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { writeAtomically } from './atomic.ts';
import { NotPlain, readPlain } from './plain-file.ts';

export const checksumsFile = 'SHA256SUMS';

/** Writes the sums of every file of the archive, in the form that `sha256sum -c` reads. */
export async function writeChecksums(root: string): Promise<void> {
  const lines: string[] = [];
  for (const file of await archiveFiles(root)) lines.push(`${await sha256(join(root, file))}  ${file}\n`);
  await writeAtomically(join(root, checksumsFile), lines.join(''));
}

/** A latency log a cell and load: some 100,000 lines. */
const sumsBytesMax = 16 * 2 ** 20;

/** Archive-relative paths and the sums they should have; null where the archive was never finished. */
export async function readChecksums(root: string): Promise<Map<string, string> | null> {
  const text = await readPlain(join(root, checksumsFile), sumsBytesMax).catch((error: unknown) => {
    if (!(error instanceof NotPlain)) throw error;
    throw new UserError(exitCode.badInput, `${join(root, checksumsFile)} ${error.message}.`);
  });
  if (text === null) return null;
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) sums.set(match[2], match[1]);
  }
  return sums;
}

/**
 * The files that belong to the archive, sorted. A report written beside them may be made again at any time, and
 * a temporary file is a killed writer's: neither is part of the truth.
 */
export async function archiveFiles(root: string): Promise<string[]> {
  const top = ['run.json', 'profile.yaml', 'trials.jsonl', 'facts.json', 'log.jsonl'];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => top.includes(file) || /^latency\/[^/]+\.hlog$/.test(file))
    .sort();
}

/** Of an archive most files are histograms of a few kB: for these a stream costs more than all else. */
const readAtOnceBytesMax = 1024 * 1024;

export async function sha256(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const { size } = await stat(file);
  if (size <= readAtOnceBytesMax) hash.update(await readFile(file));
  else for await (const chunk of createReadStream(file, { signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
