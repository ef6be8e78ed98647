import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { placeOf, recoverBuilds, removeBuilds, withBuilds } from './builds.ts';
import { commitOf, commitsBetween, subjectOf } from './git.ts';
import { createRepository } from './repository.fixture.ts';
import type { TestRepository } from './repository.fixture.ts';

const fixture = join(import.meta.dirname, 'build-and-die.fixture.ts');

let base = '';
let repository: TestRepository;
let root = '';
let ids: string[] = [];
const build = async (directory: string) => writeFileSync(join(directory, 'built'), '');

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-builds-'));
  root = join(base, 'repository');
  repository = createRepository(root);
  ids = ['one', 'two', 'three'].map((text) =>
    repository.commit(text, {
      text,
      'package-lock.json': '{}',
      '.gitignore': '.netvm/\nnode_modules/\nbuilt\n',
    }),
  );
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function at(index: number): string {
  const id = ids[index];
  if (id === undefined) throw new Error(`no commit ${index}`);
  return id;
}

/** What a gate could have left: builds, git's worktrees, processes. */
function left() {
  const places = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readlinkSync(`/proc/${pid}/cwd`)] : [];
    } catch {
      return [];
    }
  });
  return {
    builds: existsSync(placeOf(root)) ? readdirSync(placeOf(root)) : [],
    worktrees: repository.git('worktree', 'list').split('\n').length - 1,
    workers: places.filter((place) => place.startsWith(placeOf(root))),
  };
}
const nothing = { builds: [], worktrees: 0, workers: [] };

test('a build is a checkout of its commit, knows it, and is kept for the next time', async () => {
  let builds = 0;
  const counted = async (directory: string) => {
    builds++;
    await build(directory);
  };
  for (let time = 0; time < 2; time++) {
    await withBuilds({ root, keep: 2, build: counted }, async ({ get }) => {
      const directory = await get(at(0));
      expect(readFileSync(join(directory, 'text'), 'utf8')).toBe('one');
      const inside = spawnSync('git', ['-C', directory, 'status', '--porcelain'], { encoding: 'utf8' });
      expect(inside).toMatchObject({ status: 0, stdout: '' });
      expect(await commitOf(directory, 'HEAD')).toBe(at(0));
    });
  }
  expect(builds).toBe(1);
  expect(repository.git('status', '--porcelain')).toBe('');
});

test('those used last are kept, and no more than were asked for; on request none', async () => {
  await withBuilds({ root, keep: 2, build }, async ({ get, release }) => {
    for (const id of ids) await get(id);
    // In use they all stay.
    expect(left().builds).toHaveLength(4);
    await release(at(0));
    expect(left().builds).toHaveLength(3);
  });
  expect(left()).toMatchObject({ worktrees: 2 });
  expect(left().builds.toSorted()).toEqual([at(1), at(2)].toSorted());
  expect(await removeBuilds(root)).toBe(2);
  expect(left()).toEqual(nothing);
  expect(await removeBuilds(root)).toBe(0);
});

test('a build that somebody removed is made anew, also where git still knows it', async () => {
  const use = () => withBuilds({ root, keep: 2, build }, ({ get }) => get(at(0)));
  await use();
  // As actions/checkout does it, with git clean -ffdx.
  rmSync(join(root, '.netvm'), { recursive: true });
  expect(existsSync(join(await use(), 'built'))).toBe(true);
  expect(left()).toMatchObject({ builds: [at(0)], worktrees: 1 });
});

test('called by a hook of git, it works on its own checkouts and not on the index of the caller', async () => {
  vi.stubEnv('GIT_DIR', join(root, '.git'));
  vi.stubEnv('GIT_INDEX_FILE', join(root, '.git/index'));
  try {
    const directory = await withBuilds({ root, keep: 1, build }, ({ get }) => get(at(0)));
    expect(await commitOf(directory, 'HEAD')).toBe(at(0));
  } finally {
    vi.unstubAllEnvs();
  }
  expect(repository.git('status', '--porcelain')).toBe('');
});

test('who looks around in a build is not killed when it is removed', async () => {
  const directory = await withBuilds({ root, keep: 1, build }, ({ get }) => get(at(0)));
  const visitor = spawn('sleep', ['60'], { cwd: directory, stdio: 'ignore' });
  await once(visitor, 'spawn');
  expect(await removeBuilds(root)).toBe(1);
  visitor.kill('SIGTERM');
  const [, signal] = (await once(visitor, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGTERM');
});

test('packages are shared by hard links where they are the same, and not where they are not', async () => {
  const file = 'node_modules/a/index.js';
  await mkdir(join(root, 'node_modules/a'), { recursive: true });
  await mkdir(join(root, '.netvm'), { recursive: true });
  writeFileSync(join(root, file), 'x');
  writeFileSync(join(root, '.netvm/npm'), 'stamp');
  const other = repository.commit('other packages', { 'package-lock.json': '{"a":1}' });
  repository.commit('the same again', { 'package-lock.json': '{}' });
  await withBuilds({ root, keep: 0, build }, async ({ get }) => {
    const shared = await get(at(0));
    expect(statSync(join(shared, file)).ino).toBe(statSync(join(root, file)).ino);
    expect(readFileSync(join(shared, '.netvm/npm'), 'utf8')).toBe('stamp');
    expect(existsSync(join(await get(other), 'node_modules'))).toBe(false);
  });
  expect(left()).toEqual(nothing);
  expect(readFileSync(join(root, file), 'utf8')).toBe('x');
});

test('one that does not build leaves nothing, and the next one goes on', async () => {
  await withBuilds(
    {
      root,
      keep: 4,
      build: (directory, id) => (id === at(0) ? Promise.reject(new Error('no compiler')) : build(directory)),
    },
    async ({ get }) => {
      await expect(get(at(0))).rejects.toThrow('no compiler');
      await get(at(1));
    },
  );
  expect(left()).toMatchObject({ builds: [at(1)], worktrees: 1 });
});

describe('a harness killed with SIGKILL', () => {
  test.each(['announced', 'checked out', 'building'])(
    'when it had %s leaves nothing after recovery',
    async (event) => {
      const died = spawnSync(process.execPath, [fixture, root, at(0), event], { encoding: 'utf8' });
      expect(died.signal, died.stderr).toBe('SIGKILL');
      expect(left().builds).toContain('journal.jsonl');
      await recoverBuilds(root);
      expect(left()).toEqual({ ...nothing, builds: [] });
      expect(await recoverBuilds(root)).toEqual([]);
    },
  );

  test('while it removed a build does not leave half of it as one that is built', async () => {
    const died = spawnSync(process.execPath, [fixture, root, `${at(0)},${at(1)}`, 'removing'], {
      encoding: 'utf8',
    });
    expect(died.signal, died.stderr).toBe('SIGKILL');
    expect(await recoverBuilds(root)).toEqual([join(placeOf(root), at(0))]);
    expect(left()).toMatchObject({ builds: [at(1)], worktrees: 1 });
  });

  test('is recovered from by the next one; what it had built is kept', async () => {
    spawnSync(process.execPath, [fixture, root, at(0), 'built']);
    await withBuilds({ root, keep: 1, build: () => Promise.reject(new Error('not again')) }, ({ get }) =>
      get(at(0)),
    );
    expect(left().builds).toEqual([at(0)]);
    await removeBuilds(root);
    expect(left()).toEqual(nothing);
  });
});

test('while one is under way another is refused by name, and nothing of it is removed', async () => {
  const child = spawn(process.execPath, [fixture, root, at(0), 'wait for a signal']);
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(child.exitCode).toBeNull();
  for (const act of [recoverBuilds, removeBuilds]) {
    await expect(act(root)).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining(`another gate or bisection is under way (pid ${child.pid}`) as string,
    });
  }
  expect(left().builds).toContain(at(0));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await removeBuilds(root);
  expect(left()).toEqual(nothing);
});

describe('commits', () => {
  test('are found by any name of theirs, and nothing else is', async () => {
    repository.git('tag', 'good', at(0));
    for (const name of ['good', 'HEAD~2', at(0), at(0).slice(0, 8)])
      expect(await commitOf(root, name)).toBe(at(0));
    for (const name of ['no-such', '--all', '', `${at(0)}..HEAD`, 'x'.repeat(300), 'HEAD:text']) {
      await expect(commitOf(root, name), name).rejects.toMatchObject({ code: 2 });
    }
    expect(await subjectOf(root, at(1))).toBe('two');
  });

  test('between two are those of the first parents, the oldest first', async () => {
    repository.git('checkout', '--quiet', '-b', 'side', at(1));
    repository.commit('aside', { aside: '' });
    repository.git('checkout', '--quiet', 'main');
    repository.git('merge', '--quiet', '--no-ff', '--message', 'merged', 'side');
    const merge = repository.git('rev-parse', 'HEAD');
    expect(await commitsBetween(root, at(0), merge)).toEqual([at(1), at(2), merge]);
    await expect(commitsBetween(root, at(2), at(0))).rejects.toMatchObject({
      code: 2,
      message: expect.stringContaining('the bad commit must come after the good one') as string,
    });
    await expect(commitsBetween(root, at(0), at(0))).rejects.toMatchObject({ code: 2 });
  });

  test('of a shallow clone are said to be missing', async () => {
    const clone = join(base, 'clone');
    repository.git('clone', '--quiet', '--depth', '1', `file://${root}`, clone);
    await expect(commitOf(clone, at(0))).rejects.toThrow(
      'this clone is shallow: get the rest with git fetch --unshallow',
    );
  });
});
