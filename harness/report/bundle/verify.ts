import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../model/errors.ts';
import { disagreements } from '../../store/agreement.ts';
import { checksumsFile, sha256 } from '../../store/checksums.ts';
import { limits } from '../../store/bundle/limits.ts';
import { manifestFile, manifestSchema, type Manifest } from '../../store/bundle/manifest.ts';
import { unpack } from '../../store/bundle/unpack.ts';
import { NotPlain, readPlain } from '../../store/plain-file.ts';
import { readSound } from '../../store/sound.ts';
import type { ArchiveProblem } from '../../store/verify.ts';
import { writeReport } from '../html.ts';
import { activeMarkup } from './active-markup.ts';
import { harnessOf, sumsOf } from './bundle.ts';
import { checkSource, type Checked } from './check-source.ts';
import { commitOf, withTemporary } from './source.ts';

/** What `./netvm verify --json` prints. Other programs read it: add fields, never rename them. */
export interface Verification {
  readonly schema: 'verify/1';
  readonly kind: 'bundle' | 'run';
  /** Of a bundle its file's; null of a run's directory. */
  readonly sha256: string | null;
  readonly verdict: 'sound' | 'refused';
  /** Everything that is wrong, each with the file; the bundle's own name where it is all of it. */
  readonly problems: readonly ArchiveProblem[];
  /** What is not wrong and should be known. */
  readonly notes: readonly string[];
  /** Files that are there and as the manifest has them: so far it can be read. Null of a run's directory. */
  readonly soundFiles: readonly string[] | null;
  readonly run: { readonly id: string; readonly cells: number } | null;
}

/** Checks a bundle of anybody, offline, in a temporary directory. `expected` is the sum that was published of it. Throws the signal's reason where it is aborted. */
export async function verifyBundle(
  root: string,
  file: string,
  name: string,
  expected: string | null,
  signal?: AbortSignal,
): Promise<Verification> {
  return withTemporary(async (dir) => {
    const sum = (await stat(file)).size > limits.bundleBytesMax ? null : await sha256(file, signal);
    const problems: ArchiveProblem[] = [];
    if (expected !== null && sum !== expected)
      problems.push({
        file: name,
        problem: `has the SHA-256 ${sum ?? 'of a file too large'}; expected ${expected}`,
      });
    const unpacked = await unpack(file, dir, signal);
    if (unpacked.broken !== null) problems.push({ file: name, problem: unpacked.broken });
    const base = { schema: 'verify/1', kind: 'bundle', sha256: sum } as const;
    if (unpacked.name === null)
      return { ...base, verdict: 'refused', problems, notes: [], soundFiles: [], run: null };
    const top = join(dir, unpacked.name);
    const found = await verifyContents(root, top, {
      files: unpacked.files,
      isWhole: unpacked.broken === null,
      signal,
    });
    const all = [...problems, ...found.problems];
    return { ...base, ...found, problems: all, verdict: all.length === 0 ? 'sound' : 'refused' };
  });
}

type Contents = Pick<Verification, 'problems' | 'notes' | 'soundFiles' | 'run'>;

interface Came {
  readonly files: readonly string[];
  /** All of it came: what is missing then was never there. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal | undefined;
}

async function verifyContents(root: string, top: string, came: Came): Promise<Contents> {
  const manifest = await readManifest(top);
  if (!('files' in manifest)) return { problems: [manifest], notes: [], soundFiles: [], run: null };
  const { problems, soundFiles } = await checkFiles(top, manifest, came);
  const none = { problems, notes: [], soundFiles, run: null };
  if (!came.isWhole || problems.length > 0) return none;
  const found = await checkRun(join(top, 'run'), 'run/', came.signal);
  const { run } = found;
  if (run === null || found.problems.length > 0) return { ...none, problems: found.problems, run };
  const source = await checkSource(root, top, manifest);
  came.signal?.throwIfAborted();
  const report = await checkReport(root, top, manifest);
  const more = [...source.problems, ...aboutRun(manifest, run.id, found.commit), ...report.problems];
  return { problems: more, notes: [...notesOf(manifest), ...source.notes, ...report.notes], soundFiles, run };
}

async function readManifest(top: string): Promise<Manifest | ArchiveProblem> {
  const refused = (problem: string) => ({ file: manifestFile, problem });
  try {
    const text = await readPlain(join(top, manifestFile), limits.documentBytesMax);
    if (text === null) return refused('is missing: this is no bundle of this harness');
    const value: unknown = JSON.parse(text);
    const parsed = manifestSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [first] = parsed.error.issues;
    return refused(
      `does not follow schema bundle/1: ${first?.path.join('.') ?? ''}: ${first?.message ?? 'invalid'}`,
    );
  } catch (error) {
    return refused(error instanceof NotPlain ? error.message : `is not JSON: ${(error as Error).message}`);
  }
}

async function checkFiles(
  top: string,
  manifest: Manifest,
  { files, isWhole, signal }: Came,
): Promise<{ problems: ArchiveProblem[]; soundFiles: string[] }> {
  const problems: ArchiveProblem[] = [];
  const soundFiles: string[] = [];
  const present = new Set(files);
  const listed = new Set([manifestFile, checksumsFile, ...manifest.files.map(({ path }) => path)]);
  for (const { path, bytes, sha256: sum } of manifest.files) {
    signal?.throwIfAborted();
    const changed = `was changed: it does not match ${manifestFile}`;
    if (!present.has(path)) {
      problems.push({ file: path, problem: isWhole ? 'is missing' : 'did not come whole' });
      continue;
    }
    const { size } = await lstat(join(top, path));
    if (size !== bytes)
      problems.push({ file: path, problem: `${changed}: it has ${size} bytes, and there ${bytes}` });
    else if ((await sha256(join(top, path), signal)) !== sum) problems.push({ file: path, problem: changed });
    else soundFiles.push(path);
  }
  for (const path of files)
    if (!listed.has(path)) problems.push({ file: path, problem: `is not in ${manifestFile}: added later` });
  const sums = await readFile(join(top, checksumsFile), 'utf8').catch(() => null);
  if (isWhole && sums !== (await sumsOf(top, manifest)))
    problems.push({
      file: checksumsFile,
      problem: sums === null ? 'is missing' : `does not match ${manifestFile}`,
    });
  return { problems, soundFiles };
}

/** An archive, its schema, its sums, and whether its figures are those of its trials. */
async function checkRun(
  dir: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<{ problems: ArchiveProblem[]; run: Verification['run']; commit: string | null }> {
  const named = ({ file, problem }: ArchiveProblem) => ({
    file: `${prefix}${file}`,
    problem: problem.replaceAll(`${dir}/${file} `, '').replaceAll(`${dir}/`, prefix),
  });
  try {
    const found = await readSound(dir);
    const problems = found.problems.length > 0 ? found.problems : await disagreements(dir, found, signal);
    const run = { id: found.run.id, cells: found.run.results.length };
    return { problems: problems.map(named), run, commit: commitOf(found.facts[0]) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: [named({ file: 'run.json', problem: error.message })], run: null, commit: null };
  }
}

/** Made again from the data, the report must be the same; of another version's, the numbers of its tables, and nothing may run in it. */
async function checkReport(root: string, top: string, { harness }: Manifest): Promise<Checked> {
  const file = 'report/report.html';
  const again = join(top, 'again.html');
  await writeReport([join(top, 'run')], again);
  const [then, now] = [
    await readFile(join(top, file), 'utf8').catch(() => ''),
    await readFile(again, 'utf8'),
  ];
  if (then === now) return { problems: [], notes: [] };
  const here = await harnessOf(root);
  const isSame =
    harness.commit !== null && harness.commit === here.commit && !harness.isDirty && !here.isDirty;
  const figures = [figuresOf(then), figuresOf(now)];
  if (isSame || figures[0] !== figures[1])
    return {
      problems: [{ file, problem: 'is not what the data give: made again it has other figures' }],
      notes: [],
    };
  const runs = activeMarkup(then);
  if (runs !== null)
    return { problems: [{ file, problem: `has ${runs}: no report has, whatever made it` }], notes: [] };
  return {
    problems: [],
    notes: [
      `${file} was made by another version (${harness.version}): the numbers of its tables are those of the data; its charts and its words were not compared.`,
    ],
  };
}

/** The number cells of all tables, in their order. */
function figuresOf(page: string): string {
  return [...page.matchAll(/<td class="number">([^<]*)/g)].map(([, text]) => text?.trim()).join('\n');
}

function aboutRun({ run }: Manifest, id: string, commit: string | null): ArchiveProblem[] {
  const problems: string[] = [];
  if (run.id !== id) problems.push(`says that the run is ${run.id}, and run/run.json is ${id}`);
  if (run.commit !== commit)
    problems.push(
      `says that the run is of commit ${run.commit ?? 'unknown'}, and run/facts.json is of ${commit ?? 'unknown'}`,
    );
  return problems.map((problem) => ({ file: manifestFile, problem }));
}

function notesOf({ source, missing }: Manifest): string[] {
  return [
    ...(source.reason === null ? [] : [source.reason]),
    ...missing.map(({ what, reason }) => `${what}: ${reason}`),
  ];
}

/** Checks the directory of a run. Reports and pictures may lie beside it; a link may not. */
export async function verifyRun(dir: string, signal?: AbortSignal): Promise<Verification> {
  const found = await checkRun(dir, '', signal);
  const links = (await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => ({
      file: join(entry.parentPath, entry.name).slice(dir.length + 1),
      problem: 'is a symbolic link: it is not followed',
    }));
  const known = new Set(found.problems.map(({ file }) => file));
  const problems = [...found.problems, ...links.filter(({ file }) => !known.has(file))];
  return {
    schema: 'verify/1',
    kind: 'run',
    sha256: null,
    verdict: problems.length === 0 ? 'sound' : 'refused',
    problems,
    notes: [],
    soundFiles: null,
    run: found.run,
  };
}
