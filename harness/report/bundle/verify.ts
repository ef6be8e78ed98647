import { lstat, open, readdir, readFile, stat } from 'node:fs/promises';
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
import { harnessOf, sumsOf } from './bundle.ts';
import { withTemporary } from './source.ts';

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

/** Checks a bundle of anybody, offline, in a temporary directory. `expected` is the sum that was published of it. */
export async function verifyBundle(
  root: string,
  file: string,
  name: string,
  expected: string | null,
): Promise<Verification> {
  return withTemporary(async (dir) => {
    const sum = (await stat(file)).size > limits.bundleBytesMax ? null : await sha256(file);
    const problems: ArchiveProblem[] = [];
    if (expected !== null && sum !== expected)
      problems.push({
        file: name,
        problem: `has the SHA-256 ${sum ?? 'of a file too large'}; expected ${expected}`,
      });
    const unpacked = await unpack(file, dir);
    if (unpacked.broken !== null) problems.push({ file: name, problem: unpacked.broken });
    const base = { schema: 'verify/1', kind: 'bundle', sha256: sum } as const;
    if (unpacked.name === null)
      return { ...base, verdict: 'refused', problems, notes: [], soundFiles: [], run: null };
    const top = join(dir, unpacked.name);
    const found = await verifyContents(root, top, unpacked.files, unpacked.broken === null);
    const all = [...problems, ...found.problems];
    return { ...base, ...found, problems: all, verdict: all.length === 0 ? 'sound' : 'refused' };
  });
}

type Contents = Pick<Verification, 'problems' | 'notes' | 'soundFiles' | 'run'>;

/** `isWhole` where all of it came: what is missing then was never there. */
async function verifyContents(
  root: string,
  top: string,
  files: readonly string[],
  isWhole: boolean,
): Promise<Contents> {
  const manifest = await readManifest(top);
  if (!('files' in manifest)) return { problems: [manifest], notes: [], soundFiles: [], run: null };
  const { problems, soundFiles } = await checkFiles(top, manifest, files, isWhole);
  const none = { problems, notes: [], soundFiles, run: null };
  if (!isWhole || problems.length > 0) return none;
  const run = await checkRun(join(top, 'run'), 'run/');
  if (run.run === null || run.problems.length > 0) return { ...none, ...run };
  const report = await checkReport(root, top, manifest);
  const more = [...(await checkSource(top, manifest)), ...aboutRun(manifest, run.run.id), ...report.problems];
  return { problems: more, notes: [...notesOf(manifest), ...report.notes], soundFiles, run: run.run };
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
  files: readonly string[],
  isWhole: boolean,
): Promise<{ problems: ArchiveProblem[]; soundFiles: string[] }> {
  const problems: ArchiveProblem[] = [];
  const soundFiles: string[] = [];
  const present = new Set(files);
  const listed = new Set([manifestFile, checksumsFile, ...manifest.files.map(({ path }) => path)]);
  for (const { path, sha256: sum } of manifest.files) {
    if (!present.has(path))
      problems.push({ file: path, problem: isWhole ? 'is missing' : 'did not come whole' });
    else if ((await sha256(join(top, path))) !== sum)
      problems.push({ file: path, problem: `was changed: it does not match ${manifestFile}` });
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
): Promise<{ problems: ArchiveProblem[]; run: Verification['run'] }> {
  const named = ({ file, problem }: ArchiveProblem) => ({
    file: `${prefix}${file}`,
    problem: problem.replaceAll(`${dir}/${file} `, '').replaceAll(`${dir}/`, prefix),
  });
  try {
    const found = await readSound(dir);
    const problems = found.problems.length > 0 ? found.problems : await disagreements(dir, found);
    return { problems: problems.map(named), run: { id: found.run.id, cells: found.run.results.length } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: [named({ file: 'run.json', problem: error.message })], run: null };
  }
}

/** Made again from the data, the report must be the same; of another version's, its figures. */
async function checkReport(
  root: string,
  top: string,
  { harness }: Manifest,
): Promise<{ problems: ArchiveProblem[]; notes: string[] }> {
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
  return {
    problems: [],
    notes: [`${file} was made by another version (${harness.version}); its figures are those of the data.`],
  };
}

/** The number cells of all tables, in their order. */
function figuresOf(page: string): string {
  return [...page.matchAll(/<td class="number">([^<]*)/g)].map(([, text]) => text?.trim()).join('\n');
}

async function checkSource(top: string, { source, run }: Manifest): Promise<ArchiveProblem[]> {
  const file = 'source/source.tar';
  const isThere = (await lstat(join(top, file)).catch(() => null)) !== null;
  if (!isThere)
    return source.state === 'missing'
      ? []
      : [{ file, problem: 'is missing, and the manifest says that the source is complete' }];
  const commit = await commitOfTar(join(top, file));
  if (commit === run.commit) return [];
  return [{ file, problem: `is of commit ${commit ?? 'unknown'}; the run is of ${run.commit ?? 'unknown'}` }];
}

/** git writes the commit as the comment of the tar's first header. */
async function commitOfTar(file: string): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const isGlobal = bytesRead === 1024 && buffer.toString('latin1', 156, 157) === 'g';
    return isGlobal
      ? (/^\d+ comment=([0-9a-f]{40,64})\n/.exec(buffer.toString('latin1', 512))?.[1] ?? null)
      : null;
  } finally {
    await handle.close();
  }
}

function aboutRun({ run }: Manifest, id: string): ArchiveProblem[] {
  return run.id === id
    ? []
    : [{ file: manifestFile, problem: `says that the run is ${run.id}, and run/run.json is ${id}` }];
}

function notesOf({ source, missing }: Manifest): string[] {
  return [
    ...(source.reason === null ? [] : [source.reason]),
    ...missing.map(({ what, reason }) => `${what}: ${reason}`),
  ];
}

/** Checks the directory of a run. Reports and pictures may lie beside it; a link may not. */
export async function verifyRun(dir: string): Promise<Verification> {
  const found = await checkRun(dir, '');
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
