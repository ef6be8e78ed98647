import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function run(name: string, ...args: string[]) {
  const script = join(import.meta.dirname, `${name}.ts`);
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return [status, stderr.trim()];
}

test.each(['compare', 'confirm', 'idle', 'index', 'regress', 'report', 'search', 'steps'])(
  '%s says that it has no such option',
  (name) => expect(run(name, '--foo')).toEqual([2, `${name}: Unknown option '--foo'`]),
);

test('an option without its value, and a word too many, are a sentence too', () => {
  expect(run('idle', '--cores')).toEqual([2, "idle: Option '--cores <value>' argument missing"]);
  expect(run('idle', '--cores', '-5')).toEqual([2, "idle: Option '--cores' argument is ambiguous."]);
  expect(run('idle', 'x')).toEqual([2, expect.stringMatching(/^idle: Unexpected argument 'x'/)]);
});
