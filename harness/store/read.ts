import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import type { HostFacts, Run, TrialRecord } from '../model/run.ts';
import { checksumsFile, readChecksums } from './checksums.ts';
import { archiveBytesMax, documentBytesMax, NotPlain, readPlain } from './plain-file.ts';
import { factsSchema, runSchema, trialSchema } from './schema.ts';

/** The run of an archive. A file that is missing, truncated, foreign or edited is a UserError that names it and says why. */
export async function readRun(dir: string): Promise<Run> {
  const file = join(dir, 'run.json');
  const text = await readText(file, dir, documentBytesMax);
  const value = parseJson(file, text);
  refuseForeign(file, value);
  await refuseEdited(dir, 'run.json', text);
  return check(file, runSchema, value);
}

/**
 * The trials of an archive, in the order they were run. A harness killed in mid-write leaves a torn last line: it is
 * left out and told to `onTorn`. A bad line elsewhere is damage: a UserError with its number.
 */
export async function readTrials(
  dir: string,
  onTorn: (problem: string) => void = () => {},
): Promise<TrialRecord[]> {
  const file = join(dir, 'trials.jsonl');
  const lines = (await readText(file, dir, archiveBytesMax)).split('\n');
  const tail = lines.pop() ?? '';
  if (tail !== '') onTorn(`line ${lines.length + 1} is torn (the writer was killed); it is left out`);
  return lines.map((line, index) => {
    const place = `${file}:${index + 1}`;
    return check(place, trialSchema, parseJson(place, line));
  });
}

/** What the machines were; empty where the run ended before it was written. */
export async function readFacts(dir: string): Promise<HostFacts[]> {
  const file = join(dir, 'facts.json');
  const text = await readIfThere(file);
  return text === null ? [] : check(file, factsSchema, parseJson(file, text));
}

/** The same, refused where they were changed after the run: for those who take their word. */
export async function readUneditedFacts(dir: string): Promise<HostFacts[]> {
  const file = join(dir, 'facts.json');
  const text = await readIfThere(file);
  if (text === null) return [];
  await refuseEdited(dir, 'facts.json', text);
  return check(file, factsSchema, parseJson(file, text));
}

async function readIfThere(file: string): Promise<string | null> {
  return readPlainOr(file, documentBytesMax);
}

async function readText(file: string, dir: string, bytesMax: number): Promise<string> {
  const text = await readPlainOr(file, bytesMax);
  if (text === null) throw bad(file, `is missing: ${dir} is not the directory of a run.`);
  return text;
}

async function readPlainOr(file: string, bytesMax: number): Promise<string | null> {
  try {
    return await readPlain(file, bytesMax);
  } catch (error) {
    if (error instanceof NotPlain) throw bad(file, `${error.message}.`);
    throw error;
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(file, `is truncated or not JSON: ${(error as Error).message}.`);
  }
}

function refuseForeign(file: string, value: unknown): void {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema === 'run/1') return;
  if (typeof schema === 'string' && /^run\/[1-9][0-9]{0,3}$/.test(schema))
    throw bad(
      file,
      `is of schema ${schema}, and this harness reads run/1: it is of a newer version, which reads it.`,
    );
  throw bad(file, 'is not a run of this harness: its "schema" is not "run/1".');
}

async function refuseEdited(dir: string, name: string, text: string): Promise<void> {
  const expected = (await readChecksums(dir))?.get(name);
  if (expected === undefined) return;
  if (createHash('sha256').update(text).digest('hex') !== expected) {
    throw bad(join(dir, name), `was changed after the run: it does not match ${checksumsFile}.`);
  }
}

function check<T>(file: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first, ...others] = parsed.error.issues;
  const where = first === undefined || first.path.length === 0 ? 'the document' : first.path.join('.');
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw bad(file, `does not follow schema run/1: ${where}: ${first?.message ?? 'invalid'}${more}.`);
}

function bad(file: string, reason: string): UserError {
  return new UserError(exitCode.badInput, `${file} ${reason}`);
}
