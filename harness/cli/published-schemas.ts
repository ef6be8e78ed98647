import { configSchema } from '../alert/config-schema.ts';
import { lineSchema } from '../alert/event.ts';
import { netvmdProtocol } from '../native/netvmd-protocol.ts';
import { publishSchema } from '../profile/publish.ts';
import { profileSchema } from '../profile/schema.ts';
import { manifestSchema } from '../store/bundle/manifest.ts';
import { comparisonSchema } from '../store/compare-schema.ts';
import { archiveSchemas } from '../store/schemaDocument.ts';
import { testbedSchema } from '../testbed/schema.ts';

/** The JSON Schemas that lie beside the files they describe; a test compares them. */
export const publishedSchemas = [
  { file: 'profiles/profile.schema.json', text: publishSchema(profileSchema, 'NetVM profile') },
  ...archiveSchemas,
  { file: 'testbeds/testbed.schema.json', text: publishSchema(testbedSchema, 'NetVM testbed') },
  { file: 'docs/alert-log.schema.json', text: publishSchema(lineSchema, 'A line of results/alerts.jsonl') },
  {
    file: 'docs/compare.schema.json',
    text: publishSchema(comparisonSchema, 'What ./netvm compare --json prints, schema compare/1'),
  },
  {
    file: 'docs/bundle.schema.json',
    text: publishSchema(manifestSchema, 'MANIFEST.json of a bundle, schema bundle/1'),
  },
  {
    file: 'docs/netvmd-control.schema.json',
    text: publishSchema(netvmdProtocol, "netvmd's methods over its control socket (JSON-RPC 2.0)"),
  },
  { file: 'ci/alerts.schema.json', text: publishSchema(configSchema, 'Who is told of alerts, and how') },
];
