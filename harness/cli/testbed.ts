import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { didYouMean } from '../profile/nearest.ts';
import { recoverBuilds } from '../testbed/builds.ts';
import { defaultStateDir, recover, runJournal } from '../testbed/hold.ts';
import { provisionKept, releaseKept } from '../testbed/kept.ts';
import { generatorCores } from '../testbed/env.ts';
import type { Context } from './context.ts';
import { doctor } from './doctor.ts';
import { loadTestbed } from './files.ts';

interface Options {
  readonly testbed: string;
  readonly json?: true;
}

/** `testbed list|check|provision|release|recover`. */
export async function testbed(context: Context, action: string, options: Options): Promise<ExitCode> {
  const act = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined;
  if (act !== undefined) return act(context, options);
  const valid = Object.keys(actions);
  throw new UserError(
    exitCode.badInput,
    `testbed ${action}: expected one of ${valid.join(', ')}${didYouMean(action, valid)}`,
  );
}

const actions = { list, check: doctor, provision, release, recover: recoverHere } as const;

function list(context: Context, options: Options): Promise<ExitCode> {
  const names = readdirSync(join(context.root, 'testbeds'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  const testbeds = names.map((name) => loadTestbed(context.root, name));
  if (options.json) context.print(JSON.stringify({ testbeds }, null, 2));
  for (const testbed of options.json ? [] : testbeds) {
    const { name, kind, deviceCore, nfCores, pages2M } = testbed;
    const cores = generatorCores(testbed);
    const generator = `generator on core${cores.length > 1 ? 's' : ''} ${cores.join(', ')}`;
    const nfs = nfCores.length === 0 ? '' : ` and its NFs on ${nfCores.join(', ')}`;
    context.print(
      `${name}: ${kind}, ${generator}, device on core ${deviceCore}${nfs}, ${pages2M} huge pages`,
    );
  }
  return Promise.resolve(exitCode.done);
}

async function provision(context: Context, options: Options): Promise<ExitCode> {
  needRoot('provision');
  const wanted = loadTestbed(context.root, options.testbed);
  const outcome = await provisionKept(wanted);
  const words = {
    provisioned: `${wanted.pages2M} huge pages are free and kept`,
    already: 'already provisioned',
  };
  return say(
    context,
    options,
    'provisioned',
    outcome,
    `${wanted.name}: ${words[outcome]}; ./netvm testbed release puts back`,
  );
}

async function release(context: Context, options: Options): Promise<ExitCode> {
  needRoot('release');
  const { name } = loadTestbed(context.root, options.testbed);
  const undone = await releaseKept(name);
  const text =
    undone === null ? 'nothing was provisioned' : `put back: ${undone.join(', ') || 'nothing to do'}`;
  return say(context, options, 'released', undone, `${name}: ${text}`);
}

async function recoverHere(context: Context, options: Options): Promise<ExitCode> {
  needRoot('recover');
  const { name } = loadTestbed(context.root, options.testbed);
  const undone = await recover(runJournal(defaultStateDir, name));
  const builds = await recoverBuilds(context.root);
  const removed = builds.length === 0 ? '' : `; removed ${builds.length} half-made builds of commits`;
  const text =
    undone === null
      ? `nothing was left behind${removed}`
      : `put back: ${undone.join(', ') || 'nothing to do'}${removed}`;
  return say(context, options, 'recovered', undone, `${name}: ${text}`);
}

function say(context: Context, options: Options, key: string, value: unknown, text: string): ExitCode {
  context.print(options.json ? JSON.stringify({ [key]: value }, null, 2) : text);
  return exitCode.done;
}

function needRoot(action: string): void {
  if (process.getuid?.() === 0) return;
  throw new UserError(
    exitCode.testbedUnable,
    `testbed ${action} changes this host and needs root: run it as root`,
  );
}
