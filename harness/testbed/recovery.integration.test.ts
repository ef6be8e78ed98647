import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hold, holder, recover, runJournal } from './hold.ts';
import { provisionKept, releaseKept } from './kept.ts';
import { readPages2M } from './probe.ts';
import { runSteps } from './steps.ts';

const fixture = join(import.meta.dirname, 'provision-and-die.fixture.ts');
const steps = ['huge pages', 'run directory', 'huge page mount', 'ordinary page mount'];
const events = [
  ...steps.flatMap((step) => [`announced ${step}`, `applied ${step}`]),
  'in use',
  ...steps.toReversed().flatMap((step) => [`undoing ${step}`, `undone ${step}`]),
];

let base = '';
let stateDir = '';
let runRoot = '';
let before = { total: 0, mounts: [''] };
let pages2M = 0;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-recovery-'));
  stateDir = join(base, 'state');
  runRoot = join(base, 'run');
  before = host();
  // More than are free, so that some have to be reserved.
  pages2M = readPages2M().free + 8;
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('a harness killed with SIGKILL', () => {
  test.each(events)('when it had %s leaves nothing after recovery', async (event) => {
    const died = spawnSync(process.execPath, [fixture, stateDir, runRoot, event], { encoding: 'utf8' });
    expect(died.signal, died.stderr).toBe('SIGKILL');
    const undone = await recover(runJournal(stateDir, 'local'));
    expect(undone).not.toBeNull();
    expect(host()).toEqual(before);
    expect(existsSync(join(runRoot, 'dies'))).toBe(false);
    expect(existsSync(runJournal(stateDir, 'local'))).toBe(false);
    // Again: there is nothing left to undo.
    expect(await recover(runJournal(stateDir, 'local'))).toBeNull();
  });

  test('while it recovered is recovered from in turn', async () => {
    spawnSync(process.execPath, [fixture, stateDir, runRoot, 'in use']);
    const thrown = recover(runJournal(stateDir, 'local'), (event) => {
      if (event === 'undoing run directory') throw new Error('killed here');
    });
    await expect(thrown).rejects.toThrow('killed here');
    expect(await recover(runJournal(stateDir, 'local'))).toEqual(steps.toReversed());
    expect(host()).toEqual(before);
  });

  test('is recovered from by the next run', async () => {
    spawnSync(process.execPath, [fixture, stateDir, runRoot, 'in use']);
    const wanted = { pages2M, runDir: join(runRoot, 'next'), hugeDir: join(runRoot, 'next', 'huge') };
    const next = await hold(runJournal(stateDir, 'local'), 'next', runSteps(wanted));
    expect(existsSync(join(runRoot, 'dies'))).toBe(false);
    expect(existsSync(join(runRoot, 'next', 'huge'))).toBe(true);
    await next.release();
    expect(host()).toEqual(before);
  });
});

test('a live run is not undone: the next one is refused by name', async () => {
  const child = spawn(process.execPath, [fixture, stateDir, runRoot, 'wait for a signal']);
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(child.exitCode).toBeNull();
  await expect(recover(runJournal(stateDir, 'local'))).rejects.toMatchObject({
    code: 3,
    message: expect.stringContaining(`in use by run dies (pid ${child.pid}`) as string,
  });
  expect(existsSync(join(runRoot, 'dies', 'huge'))).toBe(true);
  expect(holder(runJournal(stateDir, 'local'))).toContain(`pid ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(holder(runJournal(stateDir, 'local'))).toBeNull();
  expect(await recover(runJournal(stateDir, 'local'))).toEqual(steps.toReversed());
  expect(host()).toEqual(before);
});

test('a step that fails has the earlier ones undone', async () => {
  const [pages, directory] = runSteps({ pages2M, runDir: join(runRoot, 'x'), hugeDir: '' });
  const failing = {
    name: 'huge page mount',
    check: () => false,
    prepare: () => ({ directory: join(runRoot, 'x/huge') }),
  };
  const apply = () => Promise.reject(new Error('no room'));
  const all = [pages, directory, { ...failing, apply, undo: apply }].filter((step) => step !== undefined);
  await expect(hold(runJournal(stateDir, 'local'), 'x', all)).rejects.toThrow('no room');
  expect(host()).toEqual(before);
  expect(existsSync(runJournal(stateDir, 'local'))).toBe(false);
});

test('what was provisioned to stay is released, and only once', async () => {
  const cores = { generatorCore: 0, deviceCore: 1, nfCores: [], txCores: [0], rxCores: [0] } as const;
  const testbed = { name: 'local', kind: 'local', ...cores, pages2M, generatorFiles: {} } as const;
  expect(await provisionKept(testbed, stateDir)).toBe('provisioned');
  expect(await provisionKept(testbed, stateDir)).toBe('already');
  expect(readPages2M().free).toBe(pages2M);
  await releaseKept('local', stateDir);
  expect(await releaseKept('local', stateDir)).toBeNull();
  expect(host()).toEqual(before);
});

function host() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return { total: readPages2M().total, mounts: mounts.filter((line) => line.includes(base)) };
}
