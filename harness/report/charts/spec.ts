import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCode, UserError } from '../../model/errors.ts';
import { boldRatio, fitText } from './text.ts';
import { nearest } from '../../profile/nearest.ts';

/** Where the specs are: files that a user may edit, one a kind of chart. */
export const specsDir = join(import.meta.dirname, '../../../reports');

export type Row = Readonly<Record<string, string | number | null>>;

/** What a spec is filled with. */
export interface SpecInput {
  readonly title: string;
  /** A line each. */
  readonly subtitle: readonly string[];
  readonly description: string;
  readonly datasets: Readonly<Record<string, readonly Row[]>>;
  readonly params: Readonly<Record<string, number | readonly number[]>>;
  /** Titles of the spec that read otherwise here, and kinds of its scales: `log` for `linear`. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Where the number of rows decides it. */
  readonly height?: number;
}

/**
 * A spec of `dir` with its data in it, ready for vega-lite. What vega would pass over in silence is refused: data that is fetched or
 * that nobody provides, and fields that no row has. Errors: UserError (2) that names the file, what is wrong, and the nearest name.
 */
export async function filledSpec(name: string, input: SpecInput, dir = specsDir): Promise<FilledSpec> {
  const file = join(dir, `${name}.vl.json`);
  const spec = parse(file, await read(file), input.texts ?? {});
  refuseUnknown(file, spec, input);
  return {
    file,
    spec: {
      ...spec,
      title: titleOf(spec, input),
      description: input.description,
      ...(input.height === undefined ? {} : { height: input.height }),
      datasets: input.datasets,
      params: paramsOf(file, spec).map((param) =>
        param.name in input.params ? { ...param, value: input.params[param.name] } : param,
      ),
    },
  };
}

/** What does not fit above the picture is cut: titles hold names out of archives. */
function titleOf(spec: Record<string, unknown>, { title, subtitle }: SpecInput): Record<string, unknown> {
  const { left, right } = { left: 0, right: 0, ...(spec['padding'] as object | undefined) };
  const room = Number(spec['width']) + left + right - 2;
  return {
    ...(isObject(spec['title']) ? spec['title'] : {}),
    text: fitText(title, room, 14 * boldRatio),
    subtitle: subtitle.map((line) => fitText(line, room, 11)),
  };
}

export interface FilledSpec {
  readonly file: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

export function broken(file: string, reason: string): UserError {
  return new UserError(exitCode.badInput, `${file} does not make a chart: ${reason}`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw broken(file, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`);
  }
}

function parse(file: string, text: string, texts: NonNullable<SpecInput['texts']>): Record<string, unknown> {
  let spec: unknown;
  try {
    spec = JSON.parse(text, (key, value: unknown) =>
      (key === 'title' || key === 'type') && typeof value === 'string' ? (texts[value] ?? value) : value,
    );
  } catch (error) {
    throw broken(file, `it is not JSON: ${(error as Error).message}.`);
  }
  if (!isObject(spec)) throw broken(file, 'it is no object; expected a vega-lite spec.');
  return spec;
}

function paramsOf(file: string, spec: Record<string, unknown>): { name: string; value?: unknown }[] {
  const params = spec['params'] ?? [];
  if (
    !Array.isArray(params) ||
    !params.every((param) => isObject(param) && typeof param['name'] === 'string')
  )
    throw broken(file, 'its "params" are no list of objects with a name.');
  return params as { name: string; value?: unknown }[];
}

function refuseUnknown(file: string, spec: Record<string, unknown>, { datasets }: SpecInput): void {
  const made = new Set<string>();
  const used: Used[] = [];
  walk(spec, '', null, ({ key, value, path, data }) => {
    if (key === 'url' || key === 'href') throw broken(file, `${path}: a chart fetches nothing.`);
    if (data !== null && !(data in datasets))
      throw broken(file, `${path}: ${unknown('data', data, Object.keys(datasets))}`);
    if (key === 'as') for (const name of [value].flat()) made.add(String(name));
    if (key === 'field' && typeof value === 'string') used.push({ field: value, path, data });
  });
  for (const { field, path, data } of used) {
    // Of what all layers share, one of them must have it. Without rows it is not known what a row would have.
    const rows = data === null ? Object.values(datasets).flat() : (datasets[data] ?? []);
    if (made.has(field) || rows.length === 0) continue;
    const there = new Set(rows.flatMap((row) => Object.keys(row)));
    if (!there.has(field)) throw broken(file, `${path}: ${unknown('field', field, [...there])}`);
  }
}

interface Used {
  readonly field: string;
  readonly path: string;
  /** The name of the data that it is of; null for what all layers share. */
  readonly data: string | null;
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const remedy =
    near === null
      ? `expected one of ${known.toSorted().join(', ')}`
      : `did you mean ${JSON.stringify(near)}?`;
  return `there is no ${what} ${JSON.stringify(name)}; ${remedy}`;
}

interface Place {
  readonly key: string;
  readonly value: unknown;
  readonly path: string;
  readonly data: string | null;
}

function walk(value: unknown, path: string, outer: string | null, see: (place: Place) => void): void {
  if (typeof value !== 'object' || value === null) return;
  const own = 'data' in value && isObject(value.data) ? value.data['name'] : undefined;
  const data = typeof own === 'string' ? own : outer;
  for (const [key, inner] of Object.entries(value)) {
    // Data that stands in the spec itself is the writer's own.
    if (key === 'datasets' || key === 'values') continue;
    const at = path === '' ? key : `${path}.${key}`;
    see({ key, value: inner, path: at, data });
    walk(inner, at, data, see);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
