import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startInTerminal, type TerminalProgram } from './terminal.ts';

const wait = { timeoutMs: 30_000 };
let runDir: string;
let program: TerminalProgram | null;
beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), 'netvm-terminal-'));
  program = null;
});
afterEach(async () => {
  await program?.stop();
  rmSync(runDir, { recursive: true });
});

function start(script: string): TerminalProgram {
  program = startInTerminal({ name: 'double', file: '/bin/sh', args: ['-c', script], cpus: [0], runDir });
  return program;
}

/** A shell that asks for lines: `> ` is its prompt. Its terminal echoes what is typed. */
const prompting = 'while printf "> "; read -r line; do echo "got $line"; done';

test('it has a terminal, which is its own, on all three', async () => {
  const shell = start('test -t 0 && test -t 1 && test -t 2 && ps -o tty=,pgid=,sid= -p $$; echo end');
  const [tty = '', group, session] = (await shell.hear('end', wait)).trim().split(/\s+/);
  expect(tty).toMatch(/^pts\//);
  expect([group, session]).toEqual([String(shell.child.pid), String(shell.child.pid)]);
});

test('it is asked line by line, and what it says is heard up to the prompt and kept in its log', async () => {
  const shell = start(prompting);
  expect(await shell.hear('> ', wait)).toBe('');
  for (const line of ['one', 'two words']) {
    shell.type(line);
    expect(await shell.hear('> ', wait)).toBe(`${line}\ngot ${line}\n`);
  }
  expect(readFileSync(join(runDir, 'double.log'), 'utf8')).toBe(
    '> one\ngot one\n> two words\ngot two words\n> ',
  );
});

test('escape sequences are not heard', async () => {
  const shell = start(`printf '\\033[1;31mred\\033[0m\\033[2J end'`);
  expect(await shell.hear(' end', wait)).toBe('red');
});

test('more than it can hold does not stop it', async () => {
  const shell = start('yes | head -c 3000000; echo; echo end');
  expect((await shell.hear('end', wait)).length).toBeLessThanOrEqual(1 << 20);
});

test('one that dies is the error, with its last words, then and later', async () => {
  const shell = start('read -r line; echo last words; exit 4');
  shell.type('go');
  const words = 'double exited with status 4: last words';
  await expect(shell.hear('> ', wait)).rejects.toThrow(words);
  await expect(shell.hear('> ', wait)).rejects.toThrow(words);
});

test('one that is silent is given up; one that is aborted too', async () => {
  const shell = start('sleep 1000');
  await expect(shell.hear('> ', { timeoutMs: 20 })).rejects.toThrow('double did not say "> " within 20 ms');
  const controller = new AbortController();
  const hearing = shell.hear('> ', { ...wait, signal: controller.signal });
  controller.abort(new Error('interrupted'));
  await expect(hearing).rejects.toThrow('interrupted');
});

test('stopping reaches it and what it started', async () => {
  const shell = start('sleep 1000 & echo up; wait');
  await shell.hear('up', wait);
  await shell.stop();
  expect(shell.child.status?.signal).toBe('SIGTERM');
});
