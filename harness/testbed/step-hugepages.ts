import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import { usualPageSizeBytes } from '../model/page-size.ts';
import { pagesDirectory, readPages } from './pages.ts';
import type { Step } from './step.ts';

const compact = '/proc/sys/vm/compact_memory';
const stateSchema = z.object({ before: z.int().min(0), target: z.int().min(0) });

/** Enough free huge pages of 2 MB; raises their number where there are too few. */
export function hugePagesStep(pages2M: number): Step {
  return {
    ...pagesStep('huge pages', usualPageSizeBytes, pages2M),
    async apply(state) {
      const { before, target } = stateSchema.parse(state);
      const total = reserve(usualPageSizeBytes, target);
      if (total >= target) return;
      throw new UserError(
        exitCode.testbedUnable,
        `only ${total - before} of ${target - before} huge pages of 2 MB could be reserved, memory is fragmented: ` +
          'end other programs, or reserve them at boot with hugepages=N on the kernel command line',
      );
    },
  };
}

/**
 * The same for another size, where it can be had: a machine that has no such page free measures everything else all the same, so
 * this does not fail. Who needs the pages looks whether they are there.
 */
export function extraPagesStep(name: string, sizeBytes: number, pages: number): Step {
  return {
    ...pagesStep(name, sizeBytes, pages),
    async apply(state) {
      const { target } = stateSchema.parse(state);
      reserve(sizeBytes, target);
    },
  };
}

function pagesStep(name: string, sizeBytes: number, pages: number): Omit<Step, 'apply'> {
  return {
    name,
    check: () => readPages(sizeBytes).free >= pages,
    prepare() {
      const { total, free } = readPages(sizeBytes);
      return { before: total, target: total + pages - free };
    },
    async undo(state) {
      const { before, target } = stateSchema.parse(state);
      const now = totalOf(sizeBytes);
      if (now <= before) return;
      // Pages that somebody else reserved since are theirs.
      const wanted = now > target ? now - (target - before) : before;
      writeFileSync(countFile(sizeBytes), String(wanted));
      // Pages of processes that are still ending come back a moment later.
      for (let tries = 0; tries < 50 && totalOf(sizeBytes) > wanted; tries++) await sleep(20);
    },
  };
}

/** Returns how many there are then: fewer than the target where the kernel found no more. */
function reserve(sizeBytes: number, target: number): number {
  for (let attempt = 0; attempt < 3 && totalOf(sizeBytes) < target; attempt++) {
    // The kernel finds fewer than asked for where memory is fragmented; compacting it often mends that.
    if (attempt > 0) writeFileSync(compact, '1');
    writeFileSync(countFile(sizeBytes), String(target));
  }
  return totalOf(sizeBytes);
}

function countFile(sizeBytes: number): string {
  return join(pagesDirectory(sizeBytes), 'nr_hugepages');
}

function totalOf(sizeBytes: number): number {
  return Number(readFileSync(countFile(sizeBytes), 'utf8'));
}
