import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import { readPages2M } from './probe.ts';
import type { Step } from './step.ts';

const count = '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages';
const compact = '/proc/sys/vm/compact_memory';
const stateSchema = z.object({ before: z.int().min(0), target: z.int().min(0) });

/** Enough free huge pages of 2 MB; raises their number where there are too few. */
export function hugePagesStep(pages2M: number): Step {
  return {
    name: 'huge pages',
    check: () => readPages2M().free >= pages2M,
    prepare() {
      const { total, free } = readPages2M();
      return { before: total, target: total + pages2M - free };
    },
    async apply(state) {
      const { before, target } = stateSchema.parse(state);
      for (let attempt = 0; attempt < 3 && total() < target; attempt++) {
        // The kernel finds fewer than asked for where memory is fragmented; compacting it often mends that.
        if (attempt > 0) writeFileSync(compact, '1');
        writeFileSync(count, String(target));
      }
      const reserved = total() - before;
      if (total() >= target) return;
      throw new UserError(
        exitCode.testbedUnable,
        `only ${reserved} of ${target - before} huge pages of 2 MB could be reserved, memory is fragmented: ` +
          'end other programs, or reserve them at boot with hugepages=N on the kernel command line',
      );
    },
    async undo(state) {
      const { before, target } = stateSchema.parse(state);
      const now = total();
      if (now <= before) return;
      // Pages that somebody else reserved since are theirs.
      const wanted = now > target ? now - (target - before) : before;
      writeFileSync(count, String(wanted));
      // Pages of processes that are still ending come back a moment later.
      for (let tries = 0; tries < 50 && total() > wanted; tries++) await sleep(20);
    },
  };
}

function total(): number {
  return Number(readFileSync(count, 'utf8'));
}
