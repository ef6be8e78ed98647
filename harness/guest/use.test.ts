import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isInUse, useImage } from './use.ts';

test('an image is in use while a process that said so lives, and however it ends no longer', async () => {
  const directory = `/nowhere/guest-${process.pid}`;
  const module = JSON.stringify(join(import.meta.dirname, 'use.ts'));
  const script = `const { useImage } = await import(${module}); await useImage(${JSON.stringify(directory)}); console.log('uses'); setInterval(() => {}, 1e6);`;
  expect(isInUse(directory)).toBe(false);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect([isInUse(directory), isInUse(`${directory}2`)]).toEqual([true, false]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isInUse(directory)).toBe(false);
});

test('a process may say so twice', async () => {
  const directory = `/nowhere/guest-${process.pid}-twice`;
  await useImage(directory);
  await useImage(directory);
  expect(isInUse(directory)).toBe(true);
});
