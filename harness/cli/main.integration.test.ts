import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { verifyArchive } from '../store/archive.ts';
import { defaultStateDir } from '../testbed/hold.ts';
import { read, readPages2M } from '../testbed/probe.ts';

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'harness/cli/main.ts');
const profile = join(root, 'profiles/quickstart.yaml');

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-cli-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function cli(args: readonly string[], prefix: readonly string[] = []) {
  const [program = '', ...rest] = [...prefix, process.execPath, main, ...args];
  return spawnSync(program, rest, { cwd: base, encoding: 'utf8' });
}

describe('exit codes', () => {
  test.each<[number, string[]]>([
    [0, ['--help']],
    [0, ['run', '--help']],
    [0, ['run', profile, '--dry-run']],
    [0, ['validate', profile, join(root, 'testbeds/local.yaml')]],
    [0, ['testbed', 'list']],
    [2, ['qickstart']],
    [2, ['run']],
    [2, ['run', profile, '--no-such-option']],
    [2, ['run', 'no-such-file.yaml']],
    [2, ['run', '/dev/zero']],
    [2, ['run', profile, '--dry-run', '--shard', '3/2']],
    [2, ['run', profile, '--dry-run', '--set', 'flows=x']],
    [2, ['run', profile, '--testbed', 'no-such-testbed']],
    [2, ['run', profile, '--out', root]],
    [2, ['testbed', 'recovr']],
    [2, ['test', 'unti']],
  ])('%i for %j', (code, args) => {
    const { status, stderr } = cli(args);
    expect(status, stderr).toBe(code);
    expect(stderr).not.toContain('should not have happened');
  });

  test('3 where there is one core only, in one sentence', () => {
    const { status, stderr } = cli(['quickstart'], ['taskset', '-c', '0']);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^netvm: only one core can be used, .*: give the machine a second one.*\n$/);
  });
});

test('a bad profile names file, line and column, and starts nothing', () => {
  writeFileSync(join(base, 'bad.yaml'), 'schema: profile/1\nnmae: x\n');
  const { status, stdout, stderr } = cli(['run', 'bad.yaml', '--out', 'out']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('bad.yaml:2:1: unknown key "nmae"; did you mean "name"?');
  expect(existsSync(join(base, 'out'))).toBe(false);
});

test('a run that is killed is gone on with, and what it had is kept', async () => {
  const [forwarder, chain] = ['forwarder', 'netvm'];
  writeFileSync(
    join(base, 'small.yaml'),
    `schema: profile/1\nname: small\ndataplanes: [${forwarder}, ${chain}]\nchains: [[forward]]\nframeSizesBytes: [64]\n` +
      'lineRate: unpaced\nflows: 16\nmethod: {name: mrr, trials: 3, trialDuration: 200 ms}\ngeneratorCeiling: {runs: 1, duration: 100 ms}\n',
  );
  const read = () => JSON.parse(readFileSync(join(base, 'out/run.json'), 'utf8')) as Run;
  const harness = spawn(process.execPath, [main, 'run', 'small.yaml', '--out', 'out'], {
    cwd: base,
    stdio: 'ignore',
  });
  await expect
    .poll(() => existsSync(join(base, 'out/run.json')) && read().results.length, {
      timeout: 60_000,
      interval: 20,
    })
    .toBe(1);
  harness.kill('SIGKILL');
  await once(harness, 'exit');
  const before = read();
  // Nobody needs the profile any more: the archive has it.
  rmSync(join(base, 'small.yaml'));
  expect(cli(['run', '--resume', 'out', '--set', 'flows=1']).stderr).toMatch(/has its own; leave out --set/);
  const { status, stderr } = cli(['run', '--resume', 'out', '--json']);
  expect(status, stderr).toBe(0);
  const after = read();
  expect(after).toMatchObject({ status: 'complete', id: before.id, startedAt: before.startedAt });
  expect(after.results.map(({ cell }) => cell.dataplane)).toEqual([forwarder, chain]);
  expect(after.results[0]).toEqual(before.results[0]);
  expect(await verifyArchive(join(base, 'out'))).toEqual([]);
  expect(cli(['run', '--resume', 'out']).stderr).toMatch(
    /the run is complete: there is nothing left to measure/,
  );
});

test('a testbed with a core that is not there names its place', () => {
  const text =
    'schema: testbed/1\nname: t\nkind: local\ngenerator: {cores: [0]}\ndevice: {cores: [999]}\nhugepages: {pages2M: 64}\n';
  writeFileSync(join(base, 't.yaml'), text);
  const { status, stderr } = cli(['run', profile, '--testbed', 't.yaml']);
  expect(status).toBe(2);
  expect(stderr).toContain('t.yaml:5:18: device.cores: core 999 is not on this machine');
});

describe('--json prints one document and nothing else', () => {
  test.each([
    [['run', profile, '--dry-run', '--json'], 'cells'],
    [['validate', profile, '--json'], 'problems'],
    [['doctor', '--json'], 'checks'],
    [['testbed', 'list', '--json'], 'testbeds'],
  ])('%j', (args, key) => {
    expect(JSON.parse(cli(args).stdout)).toHaveProperty(key);
  });

  test('a plan says which core does what', () => {
    const { cores } = JSON.parse(cli(['run', profile, '--dry-run', '--json']).stdout) as { cores: object };
    expect(cores).toEqual({ generator: [0], dataplane: 1, nfs: [] });
    expect(cli(['run', profile, '--dry-run']).stdout).toContain(
      'Cores of testbed local: generator on 0; data plane and NFs on 1.',
    );
  });

  test('a shard of the plan keeps its numbers', () => {
    const plan = JSON.parse(cli(['run', profile, '--dry-run', '--json', '--shard', '2/4']).stdout) as {
      cells: { index: number }[];
    };
    expect(plan.cells.map((cell) => cell.index)).toEqual([2, 3, 10, 11]);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a run with 130, and everything is put back',
  async (signal) => {
    const before = host();
    const child = spawn(process.execPath, [main, 'run', profile, '--out', join(base, 'out')], {
      cwd: base,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let isSent = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      // The first step was told: the testbed is provisioned and in use.
      if (isSent || !said.includes('netvm: [')) return;
      isSent = true;
      child.kill(signal);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code, said).toBe(130);
    expect(host()).toEqual(before);
  },
);

function host() {
  const names = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => (read(`/proc/${pid}/comm`) ?? '').trim());
  return {
    runs: existsSync('/run/netvm') ? readdirSync('/run/netvm') : [],
    journals: existsSync(defaultStateDir) ? readdirSync(defaultStateDir) : [],
    processes: names.filter((name) => /^(netvmd|netvm-|nf-)/.test(name)),
    pages: readPages2M().total,
  };
}
