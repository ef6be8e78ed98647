import { describe, expect, test } from 'vitest';
import { isLackOfPages, pageSizesBytes } from '../model/page-size.ts';
import type { Cell } from '../model/run.ts';
import { regionDirectory } from './env.ts';
import { noPage, pageProblem } from './pages.ts';
import { runSteps, undoByName } from './steps.ts';

const giga = pageSizesBytes['1 GB'];
const plenty = 8 * 2 ** 30;

describe('whether a machine can have pages of a size is known before anything is changed', () => {
  test('of 4 KB and 2 MB always', () => {
    expect(pageProblem(pageSizesBytes['4 KB'], 0)).toBeNull();
    expect(pageProblem(pageSizesBytes['2 MB'], 0)).toBeNull();
  });

  test('of 1 GB where the kernel has them, and one is free or there is memory for one', () => {
    expect(pageProblem(giga, plenty, { supported: true, total: 0, free: 0 })).toBeNull();
    expect(pageProblem(giga, 0, { supported: true, total: 1, free: 1 })).toBeNull();
  });

  test('and otherwise there is a sentence with the remedy', () => {
    expect(pageProblem(giga, plenty, { supported: false, total: 0, free: 0 })).toMatch(
      /^this machine has no huge pages of 1 GB \(CPU flag pdpe1gb.*\): take a machine that has them$/,
    );
    expect(pageProblem(giga, 2 ** 30, { supported: true, total: 1, free: 0 })).toMatch(
      /^too little memory for a huge page of 1 GB: 1024 MB are available and 1536 are needed; end/,
    );
  });

  test('such a sentence is told from any other reason of a failed cell', () => {
    const none = { supported: false, total: 0, free: 0 };
    const sentences = [
      pageProblem(giga, plenty, none),
      pageProblem(giga, 0, { ...none, supported: true }),
      noPage(giga),
    ];
    for (const sentence of sentences) expect(isLackOfPages(sentence ?? '', giga), sentence ?? '').toBe(true);
    expect(isLackOfPages(noPage(giga), pageSizesBytes['4 KB'])).toBe(false);
    expect(isLackOfPages('netvm ended with SIGKILL', giga)).toBe(false);
  });
});

test('a cell is measured on its pages, or not at all', () => {
  const cell: Cell = {
    ...{ dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes: 64, method: 'mrr' },
  };
  const pageDirs = { '4096': { directory: '/d/pages-4k' }, [giga]: { missing: 'there are none' } };
  const env = { hugeDir: '/d/huge', pageDirs } as never;
  expect(regionDirectory(env, cell)).toBe('/d/huge');
  expect(regionDirectory(env, { ...cell, hugePageSizeBytes: 4096 })).toBe('/d/pages-4k');
  expect(() => regionDirectory(env, { ...cell, hugePageSizeBytes: giga })).toThrow('there are none');
  expect(() => regionDirectory({ hugeDir: '/d' } as never, { ...cell, hugePageSizeBytes: giga })).toThrow(
    'nothing was provisioned for pages of 1 GB',
  );
});

test('every step that a run can take has a way back by its name', () => {
  const all = runSteps({
    pages2M: 1,
    runDir: '/a/b',
    hugeDir: '/a/b/c',
    gigaDir: '/a/b/d',
    ordinaryDir: '/a/b/e',
  });
  expect(new Set(all.map(({ name }) => name)).size).toBe(6);
  expect(Object.keys(undoByName)).toEqual(all.map(({ name }) => name));
});
