import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exitCode, UserError } from '../../model/errors.ts';
import { disagreements } from '../../store/agreement.ts';
import { archiveFiles, checksumsFile, sha256 } from '../../store/checksums.ts';
import { manifestFile, type Manifest } from '../../store/bundle/manifest.ts';
import { filesBelow, listFiles, pack } from '../../store/bundle/pack.ts';
import { readSound } from '../../store/sound.ts';
import type { SoundArchive } from '../../store/sound.ts';
import { git } from '../../testbed/git.ts';
import { writeReport } from '../html.ts';
import { bundleReadme } from './readme.ts';
import { collectSource, commitOf, withTemporary } from './source.ts';

export interface Bundle {
  readonly manifest: Manifest;
  /** Of the file. */
  readonly sha256: string;
}

/**
 * Writes one gzipped tar with all that a reviewer of a run needs: its archive, report, source and licence, how to run it again, and the sums of all of it. The same run and the same checkout give the same bytes.
 * `root` is the checkout. Errors: UserError (2) where the archive is not sound.
 */
export async function writeBundle(root: string, runDir: string, outFile: string): Promise<Bundle> {
  const found = await readSound(runDir);
  const problems = [...found.problems, ...(await disagreements(runDir, found))];
  const [first] = problems;
  if (first !== undefined) {
    const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
    throw new UserError(
      exitCode.badInput,
      `${runDir} cannot be handed over: ${first.file} ${first.problem.replace(`${join(runDir, first.file)} `, '')}${more}.`,
    );
  }
  return withTemporary(async (parent) => {
    const name = nameOf(found.run.id);
    const dir = join(parent, name);
    await copyRun(runDir, join(dir, 'run'));
    await copyOwn(root, dir);
    await mkdir(join(dir, 'report'), { recursive: true });
    await writeReport([join(dir, 'run')], join(dir, 'report/report.html'));
    const manifest = await describe(root, dir, found);
    await writeFile(join(dir, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFile(join(dir, checksumsFile), await sumsOf(dir, manifest));
    return { manifest, sha256: await pack(parent, name, outFile) };
  });
}

/** Of its file and of the directory in it. */
export function nameOf(runId: string): string {
  return `${/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/.test(runId) ? runId : 'run'}-bundle`;
}

/** What `sha256sum --check` reads. */
export async function sumsOf(dir: string, { files }: Pick<Manifest, 'files'>): Promise<string> {
  const manifest = `${await sha256(join(dir, manifestFile))}  ${manifestFile}\n`;
  return manifest + files.map(({ path, sha256: sum }) => `${sum}  ${path}\n`).join('');
}

async function describe(root: string, dir: string, { run, facts }: SoundArchive): Promise<Manifest> {
  const [host] = facts;
  const parts = await collectSource(root, join(dir, 'source'), run, host);
  const about = {
    schema: 'bundle/1',
    run: {
      id: run.id,
      startedAt: run.startedAt,
      status: run.status,
      testbed: run.testbed,
      command: run.command,
      commit: commitOf(host),
      isDirty: host?.gitDirty === true,
    },
    harness: await harnessOf(root),
    ...parts,
  } as const;
  const files = await filesBelow(dir);
  const again = {
    hasProfile: files.includes('run/profile.yaml'),
    hasTestbed: files.includes('source/testbed.yaml'),
    hasSourceTar: files.includes('source/source.tar'),
  };
  await writeFile(join(dir, 'README.md'), bundleReadme(run, about, again));
  return { ...about, files: await listFiles(dir) };
}

async function copyRun(from: string, to: string): Promise<void> {
  for (const file of [...(await archiveFiles(from)), checksumsFile])
    await copy(join(from, file), join(to, file));
}

/** What comes of this checkout and is not the run's. */
async function copyOwn(root: string, dir: string): Promise<void> {
  await copy(join(root, 'LICENSE'), join(dir, 'LICENSE'));
  const specs = (await readdir(join(root, 'reports'))).filter((file) => file.endsWith('.vl.json'));
  for (const spec of specs) await copy(join(root, 'reports', spec), join(dir, 'report/specs', spec));
  for (const schema of ['run.schema.json', 'bundle.schema.json'])
    await copy(join(root, 'docs', schema), join(dir, 'schemas', schema));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** Which harness it is; a report is the same again where this is. */
export async function harnessOf(root: string): Promise<Manifest['harness']> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const commit = await git(root, 'rev-parse', 'HEAD').catch(() => null);
  const isDirty = (await git(root, 'status', '--porcelain').catch(() => '')) !== '';
  return { version, commit: commit?.trim() ?? null, isDirty };
}
