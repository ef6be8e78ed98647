import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostFacts, Run } from '../../model/run.ts';
import type { Manifest } from '../../store/bundle/manifest.ts';
import { changesDigest, git, short, workingChanges } from '../../testbed/git.ts';

/** What could be had of the source that was measured. */
export interface SourceParts {
  readonly source: Manifest['source'];
  readonly missing: Manifest['missing'];
}

/**
 * Puts the source of a run below `dir`: the commit as git archives it, what a dirty working tree adds, the lock file and the testbed. What is not to be had is said, and never replaced in silence. `root` is the
 * checkout that the harness is in.
 */
export async function collectSource(
  root: string,
  dir: string,
  run: Run,
  host: HostFacts | undefined,
): Promise<SourceParts> {
  await mkdir(dir, { recursive: true });
  const commit = commitOf(host);
  const isHere = commit !== null && (await hasCommit(root, commit));
  const missing = [
    ...(await lockFile(root, dir, isHere ? commit : null, host)),
    ...(await testbed(root, dir, isHere ? commit : null, run)),
  ];
  if (commit === null || !isHere) {
    const reason = `${commit === null ? 'the run does not know its commit' : `commit ${commit} is not in this checkout`}, so the source is not to be had.`;
    return { source: { state: 'missing', reason }, missing };
  }
  await archiveCommit(root, commit, join(dir, 'source.tar'));
  if (host?.gitDirty !== true) return { source: { state: 'complete', reason: null }, missing };
  return { source: await changes(root, dir, commit, host.gitChangesSha256 ?? null), missing };
}

/** A commit as an archive names it; null where it is none. */
export function commitOf(host: HostFacts | undefined): string | null {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.exec(host?.gitCommit ?? '')?.[0] ?? null;
}

/** A commit as a tar with the same bytes wherever it is made: a user's own mode mask is not in it. */
export async function archiveCommit(root: string, commit: string, outFile: string): Promise<void> {
  const options = ['-c', 'tar.umask=0002', 'archive', '--format=tar', `--prefix=netvm-${short(commit)}/`];
  await git(root, ...options, '-o', outFile, commit);
}

export async function hasCommit(root: string, commit: string): Promise<boolean> {
  return git(root, 'cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  );
}

/** What was changed when the run was measured is not in its archive but for its sum; what is changed now may be the same. */
async function changes(
  root: string,
  dir: string,
  commit: string,
  measuredSha256: string | null,
): Promise<Manifest['source']> {
  const measured = 'the run was measured with changes that are in no commit';
  const without = (why: string) => ({
    state: 'missing' as const,
    reason: `${measured}, and ${why}: source.tar is without them.`,
  });
  if ((await git(root, 'rev-parse', 'HEAD')).trim() !== commit)
    return without('the checkout is at another one now');
  const diff = await workingChanges(root);
  if (diff === '') return without('there are none any more');
  const isSame = measuredSha256 !== null && (await changesDigest(root)) === measuredSha256;
  if (measuredSha256 !== null && !isSame) return without('those that there are now are others');
  await writeFile(join(dir, 'changes.patch'), diff);
  const which = isSame
    ? 'changes.patch is of them'
    : 'changes.patch is what the working tree had when this was bundled, which may be another change';
  return { state: 'complete-with-changes', reason: `${measured}; ${which}.` };
}

async function lockFile(
  root: string,
  dir: string,
  commit: string | null,
  host: HostFacts | undefined,
): Promise<Manifest['missing']> {
  const file = join(dir, 'package-lock.json');
  if (commit === null) await copyFile(join(root, 'package-lock.json'), file);
  else await writeFile(file, await git(root, 'show', `${commit}:package-lock.json`));
  const sum = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (host?.packageLockSha256 === sum) return [];
  const from = commit === null ? "this checkout's" : "the commit's";
  const reason =
    typeof host?.packageLockSha256 !== 'string'
      ? `source/package-lock.json is ${from}; the run does not know the sum of its own.`
      : `source/package-lock.json is ${from}, and the run was made with another one.`;
  return [{ what: 'package-lock.json of the run', reason }];
}

/** A run knows the name of its testbed, not the file. */
async function testbed(
  root: string,
  dir: string,
  commit: string | null,
  run: Run,
): Promise<Manifest['missing']> {
  const what = `testbed ${run.testbed.slice(0, 100)}`;
  if (commit === null || !/^[a-z0-9-]{1,100}$/.test(run.testbed))
    return [
      { what, reason: 'a run knows the name of its testbed alone, and none of that name is to be had.' },
    ];
  const text = await git(root, 'show', `${commit}:testbeds/${run.testbed}.yaml`).catch(() => null);
  if (text === null)
    return [
      {
        what,
        reason: `commit ${short(commit)} has no testbeds/${run.testbed}.yaml: it was a file of its own.`,
      },
    ];
  await writeFile(join(dir, 'testbed.yaml'), text);
  return [];
}

/** A directory that is gone when `work` is done. */
export async function withTemporary<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'netvm-bundle-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
