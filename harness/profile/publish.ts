import { z } from 'zod';

/** JSON Schema of a file format, as text: for editors and other programs, published beside the files. */
export function publishSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
