import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import { BadInput } from '../model/errors.ts';
import type { InputProblem } from '../model/errors.ts';

/** Larger files are refused unread: nobody writes such a profile by hand. */
export const fileBytesMax = 65536;
const nestingMax = 32;
const problemsMax = 20;

/** A YAML file, read but not yet understood: plain data, and where each piece of it stands. */
export interface SourceDocument {
  readonly file: string;
  readonly data: unknown;
  /** Place of a key or value; `key` is for a key inside the value at `path`. */
  problem(path: readonly PropertyKey[], message: string, key?: string): InputProblem;
}

/** One `--set key=value` of the command line: a dotted path into the file, and its YAML value. */
export interface Override {
  readonly path: readonly string[];
  readonly text: string;
  readonly value: string;
}

/**
 * Reads YAML that may be hostile. Throws BadInput with every problem found: too large, not UTF-8, empty, not
 * YAML, duplicate keys, aliases (which can grow without bound), tags.
 */
export function readDocument(
  bytes: Uint8Array,
  file: string,
  overrides: readonly Override[] = [],
): SourceDocument {
  const lineCounter = new LineCounter();
  const document = parse(decode(bytes, file), file, lineCounter);
  for (const override of overrides) applyOverride(document, override);
  return {
    file,
    data: toData(document, file),
    problem(path, message, key) {
      const override = overrides.findLast((o) => o.path.every((part, i) => [...path, key][i] === part));
      if (override !== undefined) {
        const column = override.text.length - override.value.length + 1;
        return { file: `--set ${override.text}`, line: 1, column, message };
      }
      return { file, ...place(document, lineCounter, path, key), message };
    },
  };
}

/** Reads the `key=value` of a `--set`. */
export function readOverride(text: string): Override {
  const match = /^([A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)=(.*)$/s.exec(text);
  if (match === null) {
    const message = 'expected key=value, for example method.trialDuration=100ms';
    throw new BadInput([{ file: `--set ${text}`, line: 1, column: 1, message }]);
  }
  return { path: (match[1] ?? '').split('.'), text, value: match[2] ?? '' };
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > fileBytesMax) {
    fail(file, 1, 1, `the file has ${bytes.length} bytes; expected at most ${fileBytesMax}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const { line, column } = firstBadByte(bytes);
    return fail(file, line, column, 'this byte is not UTF-8; save the file as UTF-8 text');
  }
}

/** The decoder does not say where it failed: everything before the place decodes, one byte more does not. */
function firstBadByte(bytes: Uint8Array): { line: number; column: number } {
  const replaced = new TextDecoder('utf-8').decode(bytes);
  const before = replaced.slice(0, Math.max(0, replaced.indexOf('\ufffd'))).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function parse(text: string, file: string, lineCounter: LineCounter): Document {
  if (/^\s*$/.test(text)) fail(file, 1, 1, 'the file is empty; see profiles/quickstart.yaml for an example');
  refuseDeepNesting(text, file);
  const document = parseDocument(text, { lineCounter, prettyErrors: false, version: '1.2', merge: false });
  const problems: InputProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    file,
    ...position(lineCounter, error.pos[0]),
    message:
      error.code === 'DUPLICATE_KEY'
        ? 'this key is here twice; keep one'
        : `not YAML: ${firstLine(error.message)}`,
  }));
  const refuse = (node: Node, message: string) => {
    problems.push({ file, ...position(lineCounter, node.range?.[0] ?? 0), message });
  };
  visit(document, {
    Alias: (_, node) => refuse(node, 'aliases are not understood here; write the value out'),
    Node: (_, node) => {
      if ('anchor' in node && node.anchor) refuse(node, 'anchors are not understood here; remove it');
    },
  });
  if (problems.length === 0 && document.contents === null) {
    problems.push({
      file,
      line: 1,
      column: 1,
      message: 'the file says nothing; see profiles/quickstart.yaml',
    });
  }
  // One slip can make a parser complain on every later line; the first few say it all.
  if (problems.length > 0) throw new BadInput(problems.slice(0, problemsMax));
  return document;
}

/** The parser recurses, so its stack is the limit; brackets and indentation bound how deep a text can nest. */
function refuseDeepNesting(text: string, file: string): void {
  text.split('\n').forEach((line, index) => {
    const opened = line.match(/[[{]|- (?=- )|\? /g)?.length ?? 0;
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (opened > nestingMax * 4 || indent > nestingMax * 8) {
      fail(file, index + 1, 1, `nested too deeply; expected at most ${nestingMax} levels`);
    }
  });
}

function toData(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch {
    return fail(file, 1, 1, `nested too deeply; expected at most ${nestingMax} levels`);
  }
}

function applyOverride(document: Document, override: Override): void {
  const value = parseDocument(override.value, { prettyErrors: false });
  const fits = override.path.slice(0, -1).every((_, i) => {
    const parent: unknown = document.getIn(override.path.slice(0, i + 1), true);
    return parent === undefined || isMap(parent);
  });
  if (value.errors.length > 0 || !isMap(document.contents) || !fits) {
    fail(
      `--set ${override.text}`,
      1,
      1,
      'this does not fit the file: expected key=value of a key it may have',
    );
  }
  document.setIn(override.path, value.toJS());
}

function place(
  document: Document,
  lineCounter: LineCounter,
  path: readonly PropertyKey[],
  key: string | undefined,
): { line: number; column: number } {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const part of key === undefined ? path : [...path, key]) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === part);
      if (pair === undefined) break;
      offset = rangeStart(pair.key) ?? offset;
      const isLast = part === key;
      if (!isLast) offset = rangeStart(pair.value) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = rangeStart(node) ?? offset;
    }
  }
  return position(lineCounter, offset);
}

function rangeStart(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];
}

function position(lineCounter: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}

function fail(file: string, line: number, column: number, message: string): never {
  throw new BadInput([{ file, line, column, message }]);
}
