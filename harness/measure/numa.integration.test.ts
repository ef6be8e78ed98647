import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startControlled } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { native, withRealTestbed } from './testbed.fixture.ts';

const signal = new AbortController().signal;

/** Two nodes with a core each; both have the memory of the machine's node 0, unless `real` says otherwise. */
function simulatedNodes(env: LocalTestbedEnv, real = '0'): string {
  const dir = join(env.runDir, 'nodes');
  for (const [node, core] of [env.generatorCore, env.deviceCore].entries()) {
    mkdirSync(join(dir, `node${node}`), { recursive: true });
    writeFileSync(join(dir, `node${node}`, 'cpulist'), `${core}\n`);
    writeFileSync(join(dir, `node${node}`, 'real'), node === 1 ? real : '0');
  }
  return dir;
}

/** netvmd from start to end, on a port without a wire; what the kernel says of its mappings of each region. */
async function mappings(env: LocalTestbedEnv, files: readonly string[], options: readonly string[]) {
  const socket = join(env.runDir, 'netvmd.sock');
  const host = await startControlled({
    name: 'netvmd',
    file: join(native, 'netvmd'),
    args: [
      ...['--core', String(env.deviceCore), '--port', 'net_null0', '--control', socket],
      ...['--telemetry', join(env.runDir, 'netvmd.tlm'), ...options],
    ],
    cpus: [env.deviceCore],
    runDir: env.runDir,
    socket,
    signal,
  });
  try {
    const lines = readFileSync(`/proc/${host.child.pid}/numa_maps`, 'utf8').split('\n');
    return files.map((file) => lines.find((line) => line.includes(`file=${file}`)) ?? '');
  } finally {
    await host.stop();
  }
}

const inTestbed = (work: (env: LocalTestbedEnv, region: string) => Promise<void>) =>
  withRealTestbed((env) => work(env, join(env.hugeDir, 'region')));

describe('memory on a NUMA node, simulated', () => {
  test('without --node a machine with one node binds nothing', () =>
    inTestbed(async (env, region) => {
      const nodes = join(env.runDir, 'one-node');
      mkdirSync(join(nodes, 'node0'), { recursive: true });
      writeFileSync(join(nodes, 'node0', 'cpulist'), `${env.generatorCore},${env.deviceCore}`);
      const [mapped] = await mappings(env, [region], ['--region', region, '--sysfs', nodes]);
      expect(mapped).toMatch(/ (default|local) .* N0=\d+/);
    }));

  test('a region is bound to the real node behind its own, all of its pages are there, and nothing else is bound', () =>
    inTestbed(async (env, region) => {
      const nodes = ['--sysfs', simulatedNodes(env)];
      const [mapped] = await mappings(env, [region], ['--region', region, '--node', '1', ...nodes]);
      expect(mapped).toMatch(/ bind:0 .* N0=\d+ kernelpagesize_kB=2048/);
    }));

  test('with several nodes, regions that name none are on the port’s node, and each domain can have its own', () =>
    inTestbed(async (env, region) => {
      const [first, second] = [`${region}a`, `${region}b`];
      const nodes = ['--sysfs', simulatedNodes(env)];
      const options = ['--region', first, '--node', '0', '--region', second, ...nodes];
      for (const mapped of await mappings(env, [first, second], options))
        expect(mapped).toMatch(/ bind:0 .* N0=\d+ kernelpagesize_kB=2048/);
    }));

  test('on pages of 4 KB, too', () =>
    inTestbed(async (env) => {
      const small = env.pageDirs?.['4096'];
      if (small === undefined || !('directory' in small)) throw new Error('no directory of 4 KB pages');
      const region = join(small.directory, 'region');
      const options = ['--region', region, '--node', '1', '--sysfs', simulatedNodes(env)];
      const [mapped] = await mappings(env, [region], options);
      expect(mapped).toMatch(/ bind:0 .* N0=\d+ kernelpagesize_kB=4/);
    }));

  test.each([
    {
      name: 'a node that is not there',
      options: (region: string, nodes: string) => ['--region', region, '--node', '2', '--sysfs', nodes],
      words: /exited with status 3: netvmd: --node 2: expected one of the nodes that are there: 0, 1$/,
    },
    {
      name: 'more pages than the node has',
      options: (region: string, nodes: string) => [
        ...['--region', region, '--node', '1', '--sysfs', nodes],
        ...['--queues', '16', '--rx-ring', '14'],
      ],
      words:
        /exited with status 3: netvmd: \S+region: 529408 packet buffers need \d+ free pages of 2048 KB on node 1: raise \/sys\/devices\/system\/node\/node0\/hugepages\/hugepages-2048kB\/nr_hugepages, /,
    },
    {
      name: 'a directory without nodes',
      options: (region: string) => ['--region', region, '--sysfs', '/nonexistent'],
      words: /exited with status 3: netvmd: \/nonexistent\/node0: No such file or directory$/,
    },
    {
      name: 'a node without a region',
      options: (region: string) => ['--node', '0', '--region', region],
      words: /exited with status 2/,
    },
  ])('$name is refused', ({ options, words }) =>
    inTestbed(async (env, region) => {
      const refused = mappings(env, [region], options(region, simulatedNodes(env)));
      await expect(refused).rejects.toThrow(words);
    }),
  );

  test('memory of a node that the machine does not have is refused', () =>
    inTestbed(async (env, region) => {
      const options = ['--region', region, '--node', '1', '--sysfs', simulatedNodes(env, '7')];
      await expect(mappings(env, [region], options)).rejects.toThrow(
        /exited with status 3: netvmd: \S+: cannot have memory on node 1 \(the machine's node 7\): Invalid argument$/,
      );
    }));
});
