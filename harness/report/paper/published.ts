import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exitCode, UserError } from '../../model/errors.ts';

/** Where the published values are; each with its citation, and all of provenance `published`. */
export const publishedFile = fileURLToPath(new URL('../../../reports/paper-published.json', import.meta.url));

const schema = z.strictObject({
  schema: z.literal('paper-published/1'),
  sources: z.record(z.string(), z.strictObject({ citation: z.string().min(10), url: z.url().nullable() })),
  values: z.array(
    z.strictObject({
      figures: z.array(z.string()).min(1),
      source: z.string(),
      what: z.string().min(1),
      /** Before the value, as its source has it. */
      bound: z.enum(['', 'up to', 'more than', 'about']),
      value: z.number(),
      unit: z.enum(['Gbit/s', 'Mpps', '%', '% improvement']),
    }),
  ),
});

/** A value that somebody else has published. It was measured elsewhere, on other machines and wires: never a figure of ours. */
export interface Published {
  readonly figures: readonly string[];
  readonly what: string;
  readonly bound: string;
  readonly value: number;
  readonly unit: string;
  readonly citation: string;
  readonly url: string | null;
}

/** Throws UserError (2) where the file is not as it must be, or a value has no source. */
export async function readPublished(file: string = publishedFile): Promise<Published[]> {
  const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new UserError(exitCode.badInput, `${file}: ${z.prettifyError(parsed.error)}`);
  const { sources, values } = parsed.data;
  return values.map(({ source, ...value }) => {
    const cited = sources[source];
    if (cited === undefined)
      throw new UserError(
        exitCode.badInput,
        `${file}: "${value.what}" has the source "${source}", which is not among its sources`,
      );
    return { ...value, ...cited };
  });
}

/** `more than 250 % improvement`. */
export function publishedText({ bound, value, unit }: Published): string {
  return `${bound === '' ? '' : `${bound} `}${value} ${unit}`;
}
