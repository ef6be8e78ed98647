/** Provisions, and kills itself with SIGKILL at the event named: for the test of recovery. */
import { silent } from '../model/progress.ts';
import { withLocalTestbed } from './local.ts';
import { readPages2M } from './probe.ts';

const [stateDir = '', runRoot = '', killAt = ''] = process.argv.slice(2);
// More than there is, so that some have to be reserved.
const pages2M = readPages2M().free + 8;
const cores = { generatorCore: 0, deviceCore: 1, nfCores: [], txCores: [0], rxCores: [0] } as const;
const testbed = { name: 'local', kind: 'local', ...cores, pages2M, generatorFiles: {} } as const;
const observe = (event: string) => {
  if (event === killAt) process.kill(process.pid, 'SIGKILL');
};
const signal = new AbortController().signal;
const base = { runId: 'dies', root: process.cwd(), signal, progress: silent, stateDir, runRoot, observe };
// A mount more, of ordinary pages.
const options = { ...base, pageSizesBytes: [4096] };

await withLocalTestbed(testbed, options, async () => {
  observe('in use');
  if (killAt === 'wait for a signal') {
    process.stdout.write('ready\n');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
});
