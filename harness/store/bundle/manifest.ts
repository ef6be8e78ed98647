import { z } from 'zod';

/** What a bundle says of itself. Other programs read it (docs/bundle.schema.json): add fields, never rename them. */

export const manifestFile = 'MANIFEST.json';

const text = z.string().max(10_000);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Each file's place in the bundle, below its one directory: names of plain letters, none hidden, none upwards. */
export const bundlePath = z
  .string()
  .max(240)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*(?:\/[A-Za-z0-9][A-Za-z0-9._+-]*)*$/);

/** A file that is listed a thousand times would be read as often. */
function refuseTwice(files: readonly { readonly path: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { path }] of files.entries()) {
    // As it would be on a system that takes no notice of case.
    const key = path.toLowerCase();
    if (seen.has(key)) {
      const message = `${JSON.stringify(path)} is listed twice`;
      context.addIssue({ code: 'custom', path: [index, 'path'], message });
      return;
    }
    seen.add(key);
  }
}

export const manifestSchema = z.object({
  schema: z.literal('bundle/1'),
  run: z.object({
    id: text,
    startedAt: text,
    status: z.enum(['complete', 'interrupted', 'running']),
    testbed: text,
    command: text,
    /** Of what was measured; null where it is not known. */
    commit: text.nullable(),
    isDirty: z.boolean(),
  }),
  /** What made the bundle. */
  harness: z.object({ version: text, commit: text.nullable(), isDirty: z.boolean() }),
  /** The source that was measured: all of it, with changes that are in no commit, or not to be had. */
  source: z.object({
    state: z.enum(['complete', 'complete-with-changes', 'missing']),
    /** One sentence where it is not simply complete. */
    reason: text.nullable(),
  }),
  /** What a reviewer would look for, and is not there or from elsewhere, each with the reason. */
  missing: z.array(z.object({ what: text, reason: text })),
  /** Every file but this one and SHA256SUMS, in the order of their paths. */
  files: z
    .array(z.object({ path: bundlePath, bytes: z.int().nonnegative(), sha256 }))
    .max(20_000)
    .superRefine(refuseTwice),
});

export type Manifest = z.output<typeof manifestSchema>;
