import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A git repository of a test, in a directory of its own. */
export interface TestRepository {
  readonly root: string;
  git(...args: readonly string[]): string;
  /** Writes the files (a `netvm` may be run) and commits them all. Returns the commit's hash. */
  commit(message: string, files: Readonly<Record<string, string>>): string;
}

export function createRepository(root: string): TestRepository {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  mkdirSync(root, { recursive: true });
  git('init', '--quiet', '--initial-branch', 'main');
  for (const key of ['user.name', 'user.email']) git('config', key, 'test@example.org');
  return {
    root,
    git,
    commit(message, files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), text);
        if (name === 'netvm') chmodSync(join(root, name), 0o755);
      }
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
}
