import { z } from 'zod';
import type { ComparableFacts } from '../fingerprint.ts';
import { textOf, strange } from './rows.ts';
import { allIn } from './sql.ts';
import type { Sql } from './sql.ts';

/** What fingerprints and settings stand for, by their digests: of settings a list of one. */
export type Documents = ReadonlyMap<string, readonly ComparableFacts[]>;

const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const document = z.union([z.array(facts).max(100), facts]);

/** As long as `read.ts` lets one be, with its quotes escaped. */
const textMax = 1_000_000;

export async function readDocuments(sql: Sql, digests: readonly string[]): Promise<Documents> {
  const rows = await allIn(sql, 'SELECT digest, text FROM documents WHERE digest IN (?)', digests);
  return new Map(rows.map((row) => [textOf(row, 'digest'), parsed(textOf(row, 'text', textMax))]));
}

function parsed(text: string): ComparableFacts[] {
  const value = document.safeParse(jsonOf(text));
  if (!value.success) throw strange('documents.text', 'facts or settings as JSON', text);
  return Array.isArray(value.data) ? value.data : [value.data];
}

/** Undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
