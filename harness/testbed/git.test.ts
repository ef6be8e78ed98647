import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changesDigest } from './git.ts';
import { createRepository } from './repository.fixture.ts';
import type { TestRepository } from './repository.fixture.ts';

let root = '';
let repository: TestRepository;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netvm-git-'));
  repository = createRepository(root);
  repository.commit('first', { code: 'one\n', '.gitignore': 'out/\n' });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(root, name), text);

test('a tree that is its commit has no changes, whatever git is told to ignore', async () => {
  expect(await changesDigest(root)).toBeNull();
  repository.commit('second', { 'out/built': 'x' });
  expect(await changesDigest(root)).toBeNull();
});

test('two states are told apart by what was edited, by new files and by what is in them', async () => {
  const seen = new Set<string | null>();
  const states: (() => void)[] = [
    () => write('code', 'two\n'),
    () => write('code', 'three\n'),
    () => write('new', 'a'),
    () => write('new', 'b'),
    () => write('new "name"\n', 'b'),
    () => symlinkSync('nowhere', join(root, 'link')),
    () => void createRepository(join(root, 'inner')).commit('inner', { file: 'x' }),
  ];
  for (const change of states) {
    change();
    seen.add(await changesDigest(root));
  }
  expect(seen.size).toBe(7);
  expect(seen).not.toContain(null);
  write('code', 'one\n');
  for (const name of ['new', 'new "name"\n', 'link', 'inner']) rmSync(join(root, name), { recursive: true });
  expect(await changesDigest(root)).toBeNull();
});
