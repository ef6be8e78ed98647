import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { git } from './git.ts';
import type { CommitId } from './git.ts';

/** What the launcher has noted down in `.netvm`: that these packages are there. */
const stamps = ['npm', 'apt-runtime'];

/**
 * Checks a commit out into a directory of its own: a git worktree, so that a run in it knows its commit. Where package-lock.json is the same as in `root` its node_modules are
 * shared with hard links, else the commit's launcher installs its own.
 */
export async function addWorktree(root: string, id: CommitId, directory: string): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  // Git still has it where only the directory was removed, as `git clean -ffdx` between two jobs of a CI server does: it would refuse to make it again.
  await forget(root, directory);
  await git(root, 'worktree', 'add', '--detach', '--quiet', directory, id);
  if (await isSameFile(join(root, 'package-lock.json'), join(directory, 'package-lock.json'))) {
    await sharePackages(root, directory);
  }
}

/** Removes it and what git knows of it. Again after that: nothing. */
export async function removeWorktree(root: string, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await forget(root, directory);
  const listed = (await git(root, 'worktree', 'list', '--porcelain', '-z')).split('\0');
  if (listed.includes(`worktree ${directory}`)) throw new Error(`git keeps the worktree ${directory}`);
}

/** What git knows of a worktree whose directory is gone; nothing where it knows none. */
async function forget(root: string, directory: string): Promise<void> {
  // Twice: also one that is locked, as git leaves it where it was killed while it checked out.
  await git(root, 'worktree', 'remove', '--force', '--force', directory).catch(() => '');
}

async function sharePackages(root: string, directory: string): Promise<void> {
  const [from, to] = [join(root, 'node_modules'), join(directory, 'node_modules')];
  try {
    await promisify(execFile)('cp', ['-al', from, to]);
    await mkdir(join(directory, '.netvm'), { recursive: true });
    for (const stamp of stamps) {
      await copyFile(join(root, '.netvm', stamp), join(directory, '.netvm', stamp)).catch(ifThere);
    }
  } catch {
    // On another file system, or nothing installed here: the launcher does it.
    await rm(to, { recursive: true, force: true });
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((file) => readFile(file).catch(ifThere)));
  return first !== undefined && second !== undefined && first.equals(second);
}

function ifThere(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}

/**
 * Ends compilers that a killed harness, or a build that failed, has left: they would write on into what is being removed. Known by their working directory, so only
 * for a checkout that is half made: in one that was built, somebody may be looking around.
 */
export async function endWorkersIn(directory: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const workers = await workersIn(directory);
    if (workers.length === 0) return;
    for (const pid of workers) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await sleep(20);
  }
}

async function workersIn(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((pid, i) => {
    const place = places[i] ?? '';
    return pid !== process.pid && (place === directory || place.startsWith(`${directory}/`));
  });
}
