/** Builds a commit, with a worker that goes on for long, and kills itself with SIGKILL at the event named: for the test of recovery. */
import { spawn } from 'node:child_process';
import { withBuilds } from './builds.ts';

const [root = '', id = '', killAt = ''] = process.argv.slice(2);
const observe = (event: string) => {
  if (event === killAt) process.kill(process.pid, 'SIGKILL');
};
const build = async (directory: string) => {
  spawn('sleep', ['600'], { cwd: directory, stdio: 'ignore' }).unref();
  observe('building');
};
await withBuilds({ root, keep: 1, build, observe }, async ({ get }) => {
  await get(id);
  if (killAt === 'wait for a signal') {
    process.stdout.write('ready\n');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
});
