import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { exitCode, UserError } from '../../model/errors.ts';
import { writeAtomically } from '../../store/atomic.ts';
import type { Table } from './column.ts';
import { csvOf } from './csv.ts';
import { figuresTable } from './figures.ts';
import { parseHlog, standardHlog } from './hlog.ts';
import type { Hlog } from './hlog.ts';
import { parquetOf } from './parquet.ts';
import type { ExportSource } from './source.ts';
import { trialsTable } from './trials.ts';
import { utiOf } from './uti.ts';

export const exportFormats = ['csv', 'parquet', 'uti', 'hlog'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface Exported {
  readonly files: readonly { readonly file: string; readonly rows: number }[];
  /** One sentence for each thing that the format cannot hold, or that is not known. */
  readonly notes: readonly string[];
}

/** Writes runs in a format of others. `out` is a directory, which is made; for a table it may be the file of the figures. Files are replaced as a whole. */
export async function writeExports(
  sources: readonly ExportSource[],
  format: ExportFormat,
  out: string,
): Promise<Exported> {
  switch (format) {
    case 'csv':
      return writeTables(sources, out, '.csv', csvOf);
    case 'parquet':
      return writeTables(sources, out, '.parquet', parquetOf);
    case 'uti':
      return writeUti(sources, out);
    case 'hlog':
      return writeHlogs(sources, out);
  }
}

async function writeTables(
  sources: readonly ExportSource[],
  out: string,
  extension: string,
  contentOf: <Row>(table: Table<Row>) => string | Uint8Array,
): Promise<Exported> {
  const isFile = extname(out) === extension;
  const base = isFile ? out.slice(0, -extension.length) : join(out, 'figures');
  await mkdir(dirname(base), { recursive: true });
  const write = async <Row>(table: Table<Row>, file: string) => {
    await writeAtomically(file, contentOf(table));
    return { file, rows: table.rows.length };
  };
  const trialsFile = isFile ? `${base}-trials${extension}` : join(out, `trials${extension}`);
  const files = [
    await write(figuresTable(sources), `${base}${extension}`),
    await write(trialsTable(sources), trialsFile),
  ];
  return { files, notes: [] };
}

/** A file a cell, in a directory a run. */
async function writeUti(sources: readonly ExportSource[], out: string): Promise<Exported> {
  const files: Exported['files'][number][] = [];
  const missing = new Map<string, number>();
  const without = new Map<string, number>();
  for (const source of sources) {
    const dir = join(out, basename(source.dir));
    await mkdir(dir, { recursive: true });
    const logs = await logsOf(source);
    const taken = new Set<string>();
    for (const result of source.run.results) {
      const uti = utiOf(source, result, logs);
      if (uti === null) count(without, result.cell.method);
      else {
        for (const field of uti.missing) count(missing, field);
        const file = join(dir, `${unlike(taken, uti.test.test_name_long)}.info.json`);
        await writeAtomically(file, `${JSON.stringify(uti.test, null, 2)}\n`);
        files.push({ file, rows: 1 });
      }
    }
  }
  const inWords = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([name, times]) => `${name} (${times})`).join(', ');
  return {
    files,
    notes: [
      ...(without.size === 0
        ? []
        : [`CSIT's model has no test for cells of these methods, so they are left out: ${inWords(without)}`]),
      ...(missing.size === 0
        ? []
        : [`not known, so left out, although CSIT's schema wants them: ${inWords(missing)}`]),
    ],
  };
}

async function logsOf({ dir, hlogs }: ExportSource): Promise<Map<string, Hlog>> {
  const logs = new Map<string, Hlog>();
  for (const path of hlogs) {
    const file = join(dir, path);
    logs.set(path, parseHlog(file, await readFile(file, 'utf8')));
  }
  return logs;
}

/** Two cells may differ in what no name says. */
function unlike(taken: Set<string>, name: string): string {
  let own = name;
  for (let i = 2; taken.has(own); i++) own = `${name}-${i}`;
  taken.add(own);
  return own;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** A log a latency trial, in a directory a run. */
async function writeHlogs(sources: readonly ExportSource[], out: string): Promise<Exported> {
  const files: Exported['files'][number][] = [];
  for (const source of sources) {
    const dir = join(out, basename(source.dir));
    await mkdir(dir, { recursive: true });
    for (const path of source.hlogs) {
      const from = join(source.dir, path);
      const text = standardHlog(from, await readFile(from, 'utf8'), source.run.id);
      const file = join(dir, basename(path));
      await writeAtomically(file, text);
      files.push({ file, rows: text.split('\nTag=').length - 1 });
    }
  }
  if (files.length === 0)
    throw new UserError(
      exitCode.badInput,
      `there is no latency log in ${sources.map(({ dir }) => dir).join(', ')}: expected a run whose profile has latency trials.`,
    );
  return { files, notes: [] };
}
