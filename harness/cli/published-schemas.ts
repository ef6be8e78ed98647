import { publishSchema } from '../profile/publish.ts';
import { profileSchema } from '../profile/schema.ts';
import { runSchemaDocument } from '../store/schemaDocument.ts';
import { testbedSchema } from '../testbed/schema.ts';

/** The JSON Schemas that lie beside the files they describe; a test compares them. */
export const publishedSchemas = [
  { file: 'profiles/profile.schema.json', text: publishSchema(profileSchema, 'NetVM profile') },
  { file: 'docs/run.schema.json', text: runSchemaDocument() },
  { file: 'testbeds/testbed.schema.json', text: publishSchema(testbedSchema, 'NetVM testbed') },
];
