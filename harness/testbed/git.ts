import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exitCode, UserError } from '../model/errors.ts';

/** A commit by its hash, 40 hexadecimal digits (64 in a repository of SHA-256). */
export type CommitId = string;

/** More than any list of commits that is looked through. */
const outputBytesMax = 16 << 20;
/** A hash and a line feed each: so many fit. */
export const commitsMax = 100_000;

/** What a hook of git's has in its environment of the repository that it was called by: it would hold for any other too. */
const ofARepository = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
];

/** Our environment for a program that works in a checkout: git finds its repository by the directory alone. */
export function environmentOfCheckout(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || ofARepository.includes(name) ? [] : [[name, value]],
    ),
  );
}

/** What git printed. Under sudo the checkout belongs to somebody else, which git refuses unless told that it may; no hook of the user's is run. */
export async function git(root: string, ...args: readonly string[]): Promise<string> {
  return gitWith({}, root, ...args);
}

async function gitWith(
  environment: Readonly<Record<string, string>>,
  root: string,
  ...args: readonly string[]
): Promise<string> {
  const options = ['-c', `safe.directory=${root}`, '-c', 'core.hooksPath=/dev/null', '-C', root];
  const { stdout } = await promisify(execFile)('git', [...options, ...args], {
    maxBuffer: outputBytesMax,
    env: { ...environmentOfCheckout(), ...environment, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' },
  });
  return stdout;
}

/** The commit that a name of it stands for: a branch, a tag, `HEAD~3`, a hash. Throws UserError (exit 2) where there is none such. */
export async function commitOf(root: string, ref: string): Promise<CommitId> {
  // What begins with a dash would be an option.
  if (!ref.startsWith('-') && ref.length <= 200) {
    const found = await git(root, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`).catch(() => '');
    const id = found.trim();
    if (isCommitId(id)) return id;
  }
  const isShallow =
    (await git(root, 'rev-parse', '--is-shallow-repository').catch(() => '')).trim() === 'true';
  const remedy = isShallow
    ? 'this clone is shallow: get the rest with git fetch --unshallow (of actions/checkout: fetch-depth: 0)'
    : 'git log --oneline shows those there are';
  throw new UserError(exitCode.badInput, `${JSON.stringify(ref)} names no commit of ${root}: ${remedy}`);
}

/**
 * The commits after `good` up to `bad`, the oldest first, by first parents: what was merged counts as one. Throws UserError (exit 2) where `bad` does not come
 * after `good`.
 */
export async function commitsBetween(root: string, good: CommitId, bad: CommitId): Promise<CommitId[]> {
  const isAfter = await git(root, 'merge-base', '--is-ancestor', good, bad).then(
    () => true,
    () => false,
  );
  const listed = isAfter
    ? await git(
        root,
        'rev-list',
        '--first-parent',
        '--reverse',
        `--max-count=${commitsMax + 1}`,
        `${good}..${bad}`,
      )
    : '';
  const ids = listed.split('\n').filter(isCommitId);
  if (ids.at(-1) === bad && ids.length <= commitsMax) return ids;
  const reason =
    ids.length > commitsMax
      ? `more than ${commitsMax} commits lie between them`
      : 'the bad commit must come after the good one';
  throw new UserError(exitCode.badInput, `${short(good)} and ${short(bad)}: ${reason}`);
}

/**
 * SHA-256, in hexadecimal digits, of all in which the working tree is not the commit it is at: changes of its files, and the names and contents of
 * new ones that are not ignored. Null where there is nothing such.
 */
export async function changesDigest(root: string): Promise<string | null> {
  const changes = await git(root, 'diff', 'HEAD', '--binary', '--no-ext-diff', '--no-textconv');
  const listed = await git(root, 'ls-files', '--others', '--exclude-standard', '-z');
  const added = listed.split('\0').filter((name) => name !== '');
  if (changes === '' && added.length === 0) return null;
  const hash = createHash('sha256').update(changes);
  for (const name of added) hash.update(`${name}\0`).update(await contentOf(join(root, name)));
  return hash.digest('hex');
}

/** Of a link where it leads; of a directory (a repository in there) nothing. */
async function contentOf(path: string): Promise<string> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return `link ${await readlink(path)}`;
  if (!found.isFile()) return 'no file';
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The first line of its message, cut to a line. */
export async function subjectOf(root: string, id: CommitId): Promise<string> {
  return (await git(root, 'log', '-1', '--format=%s', id)).trim().slice(0, 100);
}

/**
 * What a checkout has that its commit does not, as a patch that `git apply` takes: changed, removed and new files, but for those that are ignored. The checkout's own index and objects stay as they are.
 */
export async function workingChanges(root: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'netvm-changes-'));
  try {
    const objects = (await git(root, 'rev-parse', '--path-format=absolute', '--git-path', 'objects')).trim();
    const apart = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    };
    await gitWith(apart, root, 'read-tree', 'HEAD');
    await gitWith(apart, root, 'add', '--all', '.');
    return await gitWith(apart, root, 'diff', '--cached', '--binary', '--no-color', '--no-ext-diff', 'HEAD');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export function short(id: CommitId): string {
  return id.slice(0, 10);
}

function isCommitId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
