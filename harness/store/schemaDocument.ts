import { z } from 'zod';
import { runSchema } from './schema.ts';

/**
 * The text of `docs/run.schema.json`, for the programs of others that read runs.
 * To publish a change: `node harness/store/schemaDocument.ts > docs/run.schema.json`.
 */
export function runSchemaDocument(): string {
  const schema = z.toJSONSchema(runSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'run.json of a run archive, schema run/1', ...schema }, null, 2)}\n`;
}

if (import.meta.main) process.stdout.write(runSchemaDocument());
