import type { TopOptions } from '../top.ts';
import type { Act, Declare } from './declare.ts';

/** What looks after the machine and this checkout. */
export function declareHouse(command: Declare, act: Act): void {
  command('test [part]', 'run every test, or one part: unit, native, integration').action((part?: string) =>
    act(async (c) => (await import('../test.ts')).test(c, part)),
  );

  command('doctor', 'what this machine can do, what is missing, how to mend it')
    .option('--testbed <file>', 'testbed to check for', 'local')
    .option(
      '--try-generators',
      'start each generator that is not of this repository, on a port that leads nowhere',
    )
    .option('--json', 'print JSON on stdout')
    .action((options: { testbed: string; json?: true; tryGenerators?: true }) =>
      act(async (c) => (await import('../doctor.ts')).doctor(c, options)),
    );

  command('top', 'what the programs of a run do right now: rates, drops, rings, CPU')
    .option('--interval <ms>', 'time between two looks', '1000')
    .option('--count <n>', 'leave after so many looks (default: on Ctrl-C; with --json 1)')
    .option('--json', 'print each look as one line of JSON')
    .addHelpText(
      'after',
      `
Counters are shared memory: only the depth of rings is asked for, on the control socket. On a machine whose cores all
measure, looking costs them some time, which the run shows as gaps.

Examples:
  ./netvm top
  ./netvm top --json --interval 5000
`,
    )
    .action((options: TopOptions) => act(async (c) => (await import('../top.ts')).top(c, options)));

  command('validate <file...>', 'check profiles, testbeds and alert configurations; starts nothing')
    .option('--json', 'print JSON on stdout')
    .action((files: string[], options: { json?: true }) =>
      act(async (c) => (await import('../validate.ts')).validateFiles(c, files, options)),
    );

  command('testbed <action>', 'list, check, provision, release or recover')
    .option('--testbed <file>', 'which one', 'local')
    .option('--json', 'print JSON on stdout')
    .action((action: string, options: { testbed: string; json?: true }) =>
      act(async (c) => (await import('../testbed.ts')).testbed(c, action, options)),
    );

  command(
    'guest <action>',
    "build: make what virtual machines are started from, out of Debian's kernel and the NFs",
  )
    .option('--json', 'print JSON on stdout')
    .addHelpText(
      'after',
      `
The image is .netvm/guest: kernel, initrd, an archive for each NF, and manifest.json, which says what it was made of. The kernel's package is downloaded once,
unpacked there, and never installed. The same programs and kernel make the same image, and nothing is done where it is there already; rm -r .netvm/guest-kernel
lets the next build look for a newer kernel.
`,
    )
    .action((action: string, options: { json?: true }) =>
      act(async (c) => (await import('../guest.ts')).guest(c, action, options)),
    );
}
