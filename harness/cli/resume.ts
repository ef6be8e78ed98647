import { join, resolve } from 'node:path';
import { canonicalJson } from '../model/canonical.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { DeviceCores, GuestInfo, HostFacts, Run } from '../model/run.ts';
import { checksumsFile } from '../store/checksums.ts';
import { readFacts, readRun } from '../store/read.ts';
import { verifyArchive } from '../store/verify.ts';
import { differencesOf } from '../store/fingerprint.ts';
import { allCores, deviceOf, type LocalTestbedEnv } from '../testbed/env.ts';
import { loadOrder } from './files.ts';
import type { Order } from './files.ts';

export interface Resumed {
  readonly order: Order;
  readonly run: Run;
}

/** What is left of a run that was interrupted or killed. Throws UserError (exit 2) where there is nothing to go on with. */
export async function loadResumed(dir: string): Promise<Resumed> {
  const run = await readRun(dir);
  if (run.status === 'complete') throw refused(dir, 'the run is complete: there is nothing left to measure');
  if (run.source === undefined)
    throw refused(dir, 'it is of a version that did not keep its profile; start a new run');
  await refuseDamaged(dir);
  const { file, set, shard } = run.source;
  const kept = loadOrder(join(dir, 'profile.yaml'), set, shard);
  // A capture is named relative to where the profile was.
  const order = kept.plan.profile.traffic?.replay ? loadOrder(file, set, shard) : kept;
  if (JSON.stringify(order.plan.profile) !== JSON.stringify(run.profile))
    throw refused(dir, 'its profile no longer means what it meant when the run began; start a new run');
  return { run, order: { ...order, source: run.source } };
}

/** What a killed harness leaves is whole but for its last line and its sums; anything else was done to it, and would be measured on top of. */
async function refuseDamaged(dir: string): Promise<void> {
  const [first] = (await verifyArchive(dir)).filter(
    ({ file, problem }) => file !== checksumsFile && !problem.includes('is torn'),
  );
  if (first === undefined) return;
  throw refused(
    dir,
    `${first.file} ${first.problem.replace(`${join(dir, first.file)} `, '').replace(/\.$/, '')}`,
  );
}

/**
 * One run is of one testbed, its cores, machine and commit. Throws UserError (exit 2) where one is another than when it began, or the run is another
 * than it was when it was read. To be called with the testbed held, since until then another harness may have gone on with it.
 */
export async function refuseOther(
  dir: string,
  run: Run,
  env: LocalTestbedEnv,
  guest?: GuestInfo,
): Promise<void> {
  if (canonicalJson(await readRun(dir)) !== canonicalJson(run))
    throw refused(dir, 'another harness has written to it meanwhile; look at it again');
  if (run.testbed !== env.name)
    throw refused(
      dir,
      `it was begun on testbed ${run.testbed}, and this is ${env.name}; name it with --testbed`,
    );
  const [began, here] = [run.jitter.map(({ core }) => core).join(), allCores(env).join()];
  // Those of a run that ended before it had looked at them are not known.
  if (began !== '' && began !== here)
    throw refused(dir, `it was begun on the cores ${began}, and ${env.name} now has ${here}`);
  // The same cores may be another's: a run says so where its NFs had some of their own.
  const [roles, nowRoles] = [deviceWords(run.device), deviceWords(deviceOf(env))];
  if (roles !== nowRoles)
    throw refused(dir, `it was begun with ${roles}, and ${env.name} now has ${nowRoles}`);
  const [image, now] = [run.guest?.imageSha256, guest?.imageSha256];
  if (run.guest?.accelerator !== guest?.accelerator || image !== now)
    throw refused(dir, `it was begun with ${guestWords(run.guest)}, and now with ${guestWords(guest)}`);
  await refuseOtherFacts(dir, env.facts);
}

function deviceWords(device: DeviceCores | undefined): string {
  if (device === undefined) return 'one core for the data plane and its NFs';
  return `the data plane on core ${device.core} and its NFs on ${device.nfCores.join()}`;
}

function guestWords(guest: GuestInfo | undefined): string {
  if (guest === undefined) return 'no virtual machine';
  return `virtual machines of the image ${guest.imageSha256.slice(0, 12)}, which ${guest.accelerator} runs`;
}

/** The same of the machine and the commit alone, which a run that is complete shares with others that are not yet. */
export async function refuseOtherFacts(dir: string, now: HostFacts): Promise<void> {
  const facts = await readFacts(dir);
  const [then] = facts;
  if (then === undefined) return;
  const machine = differencesOf(facts, [now]);
  if (machine.length > 0) throw refused(dir, `it was begun on another machine: ${machine.join('; ')}`);
  if (then.gitCommit !== now.gitCommit || then.gitDirty !== now.gitDirty)
    throw refused(dir, `it was begun with ${commitOf(then)}, and this is ${commitOf(now)}`);
  if (then.gitChangesSha256 !== undefined && then.gitChangesSha256 !== now.gitChangesSha256)
    throw refused(dir, `it was begun with ${commitOf(then)}, which are others now`);
}

function commitOf({ gitCommit, gitDirty }: HostFacts): string {
  return `commit ${gitCommit?.slice(0, 12) ?? 'unknown'}${gitDirty === true ? ' with local changes' : ''}`;
}

function refused(dir: string, why: string): UserError {
  return new UserError(exitCode.badInput, `--resume ${resolve(dir)}: ${why}.`);
}
