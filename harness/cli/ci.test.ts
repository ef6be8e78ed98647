import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createRepository } from '../testbed/repository.fixture.ts';
import type { TestRepository } from '../testbed/repository.fixture.ts';

const root = resolve(import.meta.dirname, '../..');
const workflows = readdirSync(join(root, 'ci/github')).filter((file) => file.endsWith('.yml'));
const scripts = readdirSync(join(root, 'ci')).filter((file) => file.endsWith('.sh'));

const step = z.union([
  z.strictObject({
    uses: z.string().regex(/^[\w-]+(\/[\w-]+)+@v\d+$/),
    name: z.string().optional(),
    if: z.string().optional(),
    with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
  z.strictObject({
    run: z.string(),
    name: z.string(),
    if: z.string().optional(),
    env: z.record(z.string(), z.string()).optional(),
  }),
]);

/** As much of GitHub's workflow syntax as ours use: whatever else is in one is a mistake. */
const workflow = z.strictObject({
  name: z.string(),
  on: z.partialRecord(z.enum(['pull_request', 'schedule', 'workflow_dispatch']), z.unknown()),
  permissions: z.partialRecord(z.enum(['contents', 'pull-requests', 'issues']), z.enum(['read', 'write'])),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.record(
    z.string(),
    z.strictObject({
      if: z.string().optional(),
      'runs-on': z.array(z.string()),
      'timeout-minutes': z.int().min(1).max(360),
      steps: z.array(step).min(1),
    }),
  ),
});

describe.each(workflows)('workflow %s', (file) => {
  const text = readFileSync(join(root, 'ci/github', file), 'utf8');
  const read = () => workflow.parse(parse(text));
  const commands = () =>
    Object.values(read().jobs).flatMap((job) => job.steps.flatMap((one) => ('run' in one ? [one.run] : [])));

  test('has the syntax', () => {
    expect(() => read()).not.toThrow();
  });

  test('its commands are shell, take no text of a pull request, and call what is there', () => {
    for (const command of commands()) {
      const checked = spawnSync('shellcheck', ['--shell', 'bash', '-'], { input: command, encoding: 'utf8' });
      expect(checked.status, checked.stdout).toBe(0);
      // Text of others goes through the environment: in a command it would be run.
      expect(command).not.toContain('${{');
      for (const [script] of command.matchAll(/\bci\/[\w.-]+/g))
        expect(existsSync(join(root, script)), script).toBe(true);
    }
    expect(commands().length).toBeGreaterThan(0);
  });
});

test('every ./netvm in them is a command with options that it has', () => {
  const texts = [
    ...workflows.map((file) => readFileSync(join(root, 'ci/github', file), 'utf8')),
    ...scripts.map((file) => readFileSync(join(root, 'ci', file), 'utf8')),
    readFileSync(join(root, 'ci/README.md'), 'utf8'),
  ];
  const calls = texts.join('\n').matchAll(/\.\/netvm ([a-z]+)((?: (?!\.\/netvm)[^\n`|>;]*)?)/g);
  const seen = [...calls].map(([, command = '', rest = '']) => ({
    command,
    options: rest.match(/--[a-z-]+/g) ?? [],
  }));
  expect(seen.map(({ command }) => command)).toEqual(
    expect.arrayContaining(['alerts', 'gate', 'nightly', 'testbed']),
  );
  for (const command of new Set(seen.map((one) => one.command))) {
    const main = join(import.meta.dirname, 'main.ts');
    const help = execFileSync(process.execPath, [main, command, '--help'], { encoding: 'utf8' });
    for (const { options } of seen.filter((one) => one.command === command)) {
      for (const option of options) expect(help, `./netvm ${command} ${option}`).toContain(option);
    }
  }
});

test.each(scripts)('%s is clean shell', (file) => {
  const { status, stdout } = spawnSync('shellcheck', [join(root, 'ci', file)], { encoding: 'utf8' });
  expect(status, stdout).toBe(0);
});

describe('gate.sh', () => {
  let base = '';
  let repository: TestRepository;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'netvm-ci-'));
    repository = createRepository(base);
    mkdirSync(join(base, 'ci'));
    copyFileSync(join(root, 'ci/gate.sh'), join(base, 'ci/gate.sh'));
    // Prints what it is called with, and is red where that is asked for.
    writeFileSync(join(base, 'netvm'), '#!/bin/sh\necho "$@"\nexit "${RED:-0}"\n');
    chmodSync(join(base, 'netvm'), 0o755);
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const start = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync('sh', [join(base, 'ci/gate.sh'), ...args], {
      cwd: '/',
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });

  test('measures against where the branch left its target, and passes options and the exit code on', () => {
    const left = repository.commit('left here', { a: '' });
    repository.git('checkout', '--quiet', '-b', 'change');
    repository.commit('the change', { b: '' });
    repository.git('checkout', '--quiet', 'main');
    repository.commit('others went on', { c: '' });
    repository.git('checkout', '--quiet', 'change');
    const red = start(['main', '--floor', '10%'], { RED: '1' });
    expect(red).toMatchObject({
      status: 1,
      stdout: `gate --against ${left} --markdown results/gate.md --junit results/gate.xml --floor 10%\n`,
    });
    expect(start(['main']).status).toBe(0);
    repository.git('update-ref', 'refs/remotes/origin/main', left);
    const unset = start(['', '--floor', '10%']);
    expect(unset.stdout).toBe(red.stdout);
  });

  test('without a target it is origin/main; without a common commit it says what to fetch', () => {
    repository.commit('only', { a: '' });
    const { status, stderr } = start(['--strict']);
    expect(status).toBe(2);
    expect(stderr).toContain('HEAD and origin/main have no commit in common here: fetch the whole history');
  });
});
