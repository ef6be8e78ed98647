import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../alert/config.ts';

const root = resolve(import.meta.dirname, '../..');

describe('ci/alerts.yaml', () => {
  const file = join(root, 'ci/alerts.yaml');
  const text = readFileSync(file, 'utf8');
  const bytes = (changed: string) => new TextEncoder().encode(changed);

  test('is a configuration that needs no secrets', () => {
    expect(parseConfig(bytes(text), file, {}).channels.map(({ kind }) => kind)).toEqual([
      'junit',
      'markdown',
      'metrics',
    ]);
  });

  test('and so is what it shows in comments', () => {
    const whole = text.replace(/^ {2}# (- | {2})/gm, '  $1');
    const { channels } = parseConfig(bytes(whole), file, null);
    expect(channels.map(({ kind }) => kind).slice(3)).toEqual(['github', 'slack', 'webhook', 'email']);
  });
});

describe('nightly.sh', () => {
  let base = '';
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'netvm-ci-nightly-'));
    mkdirSync(join(base, 'ci'));
    copyFileSync(join(root, 'ci/nightly.sh'), join(base, 'ci/nightly.sh'));
    // Prints what it is called with; a night waits as long as a file is there.
    const standIn =
      '#!/bin/sh\necho "$@"\n[ "$1" = nightly ] || exit 0\n: >at-work\nwhile [ -e hold ]; do sleep 0.05; done\nexit "${RED:-0}"\n';
    writeFileSync(join(base, 'netvm'), standIn);
    chmodSync(join(base, 'netvm'), 0o755);
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const script = () => join(base, 'ci/nightly.sh');

  test('puts back what was left, then measures; options and the exit code are passed on', () => {
    const env = { ...process.env, RED: '1', NETVM_RESULTS: join(base, 'there'), NETVM_ALERTS: 'mine.yaml' };
    const { status, stdout } = spawnSync('sh', [script(), '--min-change', '2%'], {
      cwd: '/',
      encoding: 'utf8',
      env,
    });
    expect(status).toBe(1);
    expect(stdout).toBe(
      `testbed recover\nnightly --dir ${join(base, 'there')} --config mine.yaml --min-change 2%\n`,
    );
  });

  test('a second one does not begin while the first is at work', async () => {
    writeFileSync(join(base, 'hold'), '');
    const first = spawn('sh', [script()], { cwd: '/', stdio: 'ignore' });
    const ended = new Promise((done) => first.once('exit', done));
    while (!existsSync(join(base, 'at-work'))) await sleep(10);
    const busy = () => spawnSync('sh', [script()], { cwd: '/', encoding: 'utf8' });
    const second = busy();
    expect(second.status).toBe(3);
    expect(second.stderr).toContain('the night before is still at work');
    rmSync(join(base, 'hold'));
    await ended;
    expect(busy().status).toBe(0);
  });
});
