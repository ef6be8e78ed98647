import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startControlled, startProgram, waitUntil, type ControlledProgram } from './program.ts';

const fixture = join(import.meta.dirname, 'program.fixture.ts');
const never = new AbortController().signal;
const wait = { timeoutMs: 30_000, signal: never };

let dir: string;
let started: ControlledProgram | null;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-program-'));
  started = null;
});
afterEach(async () => {
  await started?.stop();
  rmSync(dir, { recursive: true });
});

async function start(mode = '', signal = never): Promise<ControlledProgram> {
  const socket = join(dir, 'c.sock');
  const args = [fixture, socket, mode];
  started = await startControlled({
    name: 'double',
    file: process.execPath,
    args,
    cpus: [],
    runDir: dir,
    socket,
    signal,
  });
  return started;
}

describe('a call', () => {
  test('is answered, several at once, in pieces, after garbage', async () => {
    const program = await start();
    const answers = await Promise.all([
      program.call('echo', { a: 1 }, wait),
      program.call('garbage', {}, wait),
      program.call('echo', { b: 2 }, wait),
    ]);
    expect(answers).toEqual([{ a: 1 }, 'after garbage', { b: 2 }]);
    expect(await program.call('slowly', {}, wait)).toBe('in two pieces');
  });

  test('that is refused says by whom and why', async () => {
    const program = await start();
    await expect(program.call('refuse', {}, wait)).rejects.toThrow('double: refuse: not today');
    await expect(program.call('refuse', {}, wait)).rejects.toMatchObject({ code: -32000, field: null });
    const wrong = { message: 'double: wrong: hops[1]: expected a slot', code: -32602, field: 'hops[1]' };
    await expect(program.call('wrong', {}, wait)).rejects.toMatchObject(wrong);
    const mumbled = { message: 'double: mumble: {"code":"x"}, which is no error', code: -32000, field: null };
    await expect(program.call('mumble', {}, wait)).rejects.toMatchObject(mumbled);
  });

  test('that is not answered in time rejects, and the next one still works', async () => {
    const program = await start();
    await expect(program.call('silent', {}, { timeoutMs: 20 })).rejects.toThrow(
      /did not answer silent within 20 ms/,
    );
    expect(await program.call('echo', {}, wait)).toEqual({});
  });

  test('that is aborted rejects with the reason', async () => {
    const program = await start();
    const controller = new AbortController();
    const call = program.call('silent', {}, { timeoutMs: 30_000, signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(call).rejects.toThrow('interrupted');
    await expect(program.call('echo', {}, { timeoutMs: 1, signal: controller.signal })).rejects.toThrow(
      'interrupted',
    );
  });

  test('in a program that dies rejects with its last words, and so does each later one', async () => {
    const program = await start();
    const pending = program.call('silent', {}, wait);
    const fatal = program.call('die', {}, wait);
    const words = 'double exited with status 4: last words';
    await expect(pending).rejects.toThrow(words);
    await expect(fatal).rejects.toThrow(words);
    await expect(program.call('echo', {}, wait)).rejects.toThrow(words);
  });

  test('in a program that is killed says so', async () => {
    const program = await start();
    const pending = program.call('silent', {}, wait);
    program.child.kill('SIGKILL');
    await expect(pending).rejects.toThrow('double was killed by SIGKILL');
  });

  test('answered by a line without end ends the connection, not the harness', async () => {
    const program = await start();
    await expect(program.call('flood', {}, wait)).rejects.toThrow('double closed its control socket');
  });
});

describe('a program', () => {
  test('that cannot start is an error with its sentence', async () => {
    await expect(start('fail')).rejects.toThrow('double exited with status 3: no huge pages');
  });

  test('that is aborted while it starts is not left behind', async () => {
    await expect(start('', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });

  test('that does not leave when asked is made to', async () => {
    const program = await start('stubborn');
    await program.stop();
    expect(program.child.status).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

test('waiting ends with the death of what is waited for', async () => {
  const program = startProgram({
    name: 'short',
    file: '/bin/sh',
    args: ['-c', 'echo bye; exit 1'],
    cpus: [],
    runDir: dir,
  });
  const waiting = waitUntil('it was not ready', [program], never, () => Promise.resolve(null));
  await expect(waiting).rejects.toThrow('short exited with status 1: bye');
});
