import { z } from 'zod';
import { runSchema } from './schema.ts';

/** The text of `docs/run.schema.json`, for the programs of others that read runs. `npm run schemas` publishes a change. */
export function runSchemaDocument(): string {
  const schema = z.toJSONSchema(runSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'run.json of a run archive, schema run/1', ...schema }, null, 2)}\n`;
}
