import { z } from 'zod';
import { BadInput } from '../model/errors.ts';
import type { InputProblem } from '../model/errors.ts';
import type { SourceDocument } from './document.ts';
import { didYouMean, nearest } from './nearest.ts';
import { describe } from './quantity.ts';

/** Checks a document against a schema. Throws BadInput with every problem: where, what was expected, the nearest name. */
export function validate<T extends z.ZodType>(source: SourceDocument, schema: T): z.output<T> {
  const result = schema.safeParse(source.data, { reportInput: true });
  if (result.success) return result.data;
  const published = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const issues = result.error.issues.flatMap(insideUnion);
  const misspelt = new Set(issues.flatMap((issue) => meantKeys(published, issue)));
  const problems = issues
    // A key that was misspelt is not missing besides.
    .filter((issue) => !(isMissing(source, issue) && misspelt.has(issue.path.join('.'))))
    .flatMap((issue) => toProblems(source, published, issue));
  throw new BadInput(problems.sort((a, b) => a.line - b.line || a.column - b.column));
}

/** Where a value may have several forms, and it has the outer shape of one: what is wrong with it as that one. */
function insideUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const near = issue.errors.filter((issues) => !issues.some(isOuterFault));
  const known = near.filter((issues) => issues.every(({ code }) => code !== 'unrecognized_keys'));
  const [only, ...others] = near.length === 1 ? near : known;
  if (only === undefined || others.length > 0) return [issue];
  return only.flatMap((inner) => insideUnion({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isOuterFault({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

function toProblems(source: SourceDocument, schema: JsonSchema, issue: z.core.$ZodIssue): InputProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const valid = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const shown = describe(key);
      const message = `unknown key ${shown}${didYouMean(key, valid)} (valid: ${valid.join(', ')})`;
      return source.problem(issue.path, message, key);
    });
  }
  if (isMissing(source, issue)) {
    const key = String(issue.path.at(-1));
    return [source.problem(issue.path.slice(0, -1), `the key "${key}" is missing`)];
  }
  return [source.problem(issue.path, `${name(issue.path)}${explain(issue)}`)];
}

/** The keys that unknown ones most likely meant, as dotted paths. */
function meantKeys(schema: JsonSchema, issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const meant = issue.keys.map((key) => nearest(key, keysAt(schema, issue.path)));
  return meant.filter((key) => key !== null).map((key) => [...issue.path, key].join('.'));
}

function isMissing(source: SourceDocument, issue: z.core.$ZodIssue): boolean {
  return issue.code !== 'unrecognized_keys' && issue.input === undefined && isAbsent(source.data, issue.path);
}

function explain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value': {
      const valid = issue.values.map(String);
      const expected = valid.length === 1 ? `expected ${valid[0]}` : `expected one of ${valid.join(', ')}`;
      const near = typeof issue.input === 'string' ? didYouMean(issue.input, valid) : '';
      return `${expected}, got ${describe(issue.input)}${near}`;
    }
    case 'too_small':
      return `expected at least ${issue.minimum}${things(issue.origin)}, got ${size(issue.input)}`;
    case 'too_big':
      // Its own words where the schema gave some.
      if (!issue.message.startsWith('Too big')) return issue.message;
      return `expected at most ${issue.maximum}${things(issue.origin)}, got ${size(issue.input)}`;
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return `expected ${typeNames[issue.expected] ?? issue.expected}, got ${describe(issue.input)}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    case 'invalid_union':
      return `${issue.message}, got ${describe(issue.input)}`;
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
};

function things(origin: string): string {
  return origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';
}

function size(input: unknown): string {
  return Array.isArray(input) || typeof input === 'string' ? String(input.length) : String(input);
}

/** `chains[0][1]: `, or nothing for the document itself. */
function name(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${text.slice(1)}: `;
}

function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  let at: JsonSchema | undefined = schema;
  for (const part of path) at = typeof part === 'number' ? at?.items : propertiesOf(at)[String(part)];
  return Object.keys(propertiesOf(at));
}

function propertiesOf(schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  return Object.assign({}, schema?.properties, ...(schema?.anyOf ?? []).map(propertiesOf)) as Readonly<
    Record<string, JsonSchema>
  >;
}

function isAbsent(data: unknown, path: readonly PropertyKey[]): boolean {
  let at: unknown = data;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return true;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return false;
}
