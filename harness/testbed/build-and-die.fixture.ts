/** Builds commits (their hashes with commas between) and keeps one, with a worker that would go on for long, and kills itself with SIGKILL at the event named: for the test of recovery. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { withBuilds } from './builds.ts';

const [root = '', ids = '', killAt = ''] = process.argv.slice(2);
const observe = (event: string) => {
  if (event === killAt) process.kill(process.pid, 'SIGKILL');
};
const build = async (directory: string) => {
  const worker = spawn('sleep', ['600'], { cwd: directory, stdio: 'ignore' });
  observe('building');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
};
await withBuilds({ root, keep: 1, build, observe }, async ({ get }) => {
  for (const id of ids.split(',')) await get(id);
  if (killAt === 'wait for a signal') {
    process.stdout.write('ready\n');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
});
