import { resolve } from 'node:path';
import { silent } from '../model/progress.ts';
import type { Context } from './context.ts';

export interface Heard {
  readonly said: string[];
  readonly printed: string[];
}

/** A context for commands that are called in a test: keeps what they say. */
export function testContext(heard: Heard = { said: [], printed: [] }): Context & Heard {
  const root = resolve(import.meta.dirname, '../..');
  return {
    ...heard,
    root,
    native: resolve(root, 'native/build/bin'),
    command: './netvm test',
    signal: new AbortController().signal,
    progress: { ...silent, finish: () => {} },
    say: (text) => void heard.said.push(text),
    print: (text) => void heard.printed.push(text),
    written: new Set(),
    giveBack: () => Promise.resolve(),
  };
}
