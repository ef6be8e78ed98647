import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { read } from './probe.ts';
import type { Step } from './step.ts';

const run = promisify(execFile);
const stateSchema = z.object({ directory: z.string().regex(/^\/.+\/.+/) });

/** A hugetlbfs of this run alone: when it is unmounted every file in it is gone, whoever left it. */
export function hugeMountStep(directory: string): Step {
  return mountStep('huge page mount', directory, 'hugetlbfs', 'pagesize=2M,mode=0700');
}

/** The same with pages of 1 GB. */
export function gigaMountStep(directory: string): Step {
  return mountStep('huge page mount of 1 GB', directory, 'hugetlbfs', 'pagesize=1G,mode=0700');
}

/** The same with ordinary pages of 4 KB, and never any other that the kernel might put in their place. */
export function ordinaryMountStep(directory: string): Step {
  return mountStep('ordinary page mount', directory, 'tmpfs', 'huge=never,size=1g,mode=0700');
}

function mountStep(name: string, directory: string, kind: string, mountOptions: string): Step {
  return {
    name,
    check: () => false,
    prepare: () => ({ directory }),
    async apply() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      await run('mount', ['-t', kind, '-o', mountOptions, 'netvm', directory]);
    },
    async undo(state) {
      const mounted = stateSchema.parse(state).directory;
      // Processes of the run die with it, but not before it: their files keep the mount busy for a moment.
      for (let tries = 0; tries < 50 && isMounted(mounted); tries++) {
        const done = await run('umount', [mounted]).then(
          () => true,
          () => false,
        );
        if (!done) await sleep(20);
      }
      if (isMounted(mounted)) await run('umount', ['--lazy', mounted]);
      rmSync(mounted, { recursive: true, force: true });
    },
  };
}

export function isMounted(directory: string): boolean {
  return (read('/proc/self/mountinfo') ?? '').split('\n').some((line) => line.split(' ')[4] === directory);
}
