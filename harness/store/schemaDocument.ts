import { z } from 'zod';
import { factsSchema, runSchema, trialSchema } from './schema.ts';

/** The schemas of an archive's files, for the programs of others that read them. `npm run schemas` publishes a change. */
export const archiveSchemas: readonly { readonly file: string; readonly text: string }[] = [
  { file: 'docs/run.schema.json', text: document(runSchema, 'run.json of a run archive, schema run/1') },
  { file: 'docs/trial.schema.json', text: document(trialSchema, 'A line of trials.jsonl of a run archive') },
  { file: 'docs/facts.schema.json', text: document(factsSchema, 'facts.json of a run archive: its hosts') },
];

function document(schema: z.ZodType, title: string): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}
