import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Wire } from '../model/generator.ts';
import type { RunSource } from '../model/run.ts';
import { fileBytesMax, readOverride } from '../profile/document.ts';
import { expand, readShard, takeShard } from '../profile/expand.ts';
import { parseProfile } from '../profile/parse.ts';
import type { Plan, ResolvedProfile } from '../profile/plan.ts';
import { cores, requireAll } from '../testbed/checks.ts';
import { parseTestbed } from '../testbed/parse.ts';
import type { Testbed } from '../testbed/parse.ts';
import { allowedCores } from '../testbed/probe.ts';

/** Testbeds are of one kind so far, and their two ends are joined by this. */
const wire: Wire = 'memif';

/** Reads a profile by path. Throws BadInput, or UserError (exit 2) where there is no such file. */
export function loadProfile(path: string, sets: readonly string[] = []): ResolvedProfile {
  const profile = parseProfile(readInput(path), path, sets.map(readOverride), wire);
  const replay = profile.traffic?.replay;
  if (!profile.traffic || !replay) return profile;
  // Relative to the profile, wherever one stands.
  const file = resolve(dirname(path), replay.file);
  return { ...profile, traffic: { ...profile.traffic, replay: { ...replay, file } } };
}

/** What is to be measured, and what was asked for. */
export interface Order {
  readonly plan: Plan;
  readonly source: RunSource;
  /** The profile's text. */
  readonly text: string;
}

/** Reads a profile into the cells of a run. Throws BadInput, or UserError (exit 2) where there is no such file or shard. */
export function loadOrder(file: string, set: readonly string[] = [], shard: string | null = null): Order {
  const whole = expand(loadProfile(file, set));
  const plan = shard === null ? whole : takeShard(whole, readShard(shard));
  return { plan, source: { file, set, shard }, text: Buffer.from(readInput(file)).toString('utf8') };
}

/** Reads a testbed by path, or by the name of one that ships. A machine of one core cannot be one (exit 3). */
export function loadTestbed(root: string, nameOrPath: string): Testbed {
  const machineCores = allowedCores();
  const path = testbedPath(root, nameOrPath);
  const bytes = readInput(path);
  requireAll([cores({ cores: machineCores })]);
  return parseTestbed(bytes, path, machineCores);
}

/** The bytes of a file that a user named. */
export function readInput(path: string, bytesMax = fileBytesMax): Uint8Array {
  try {
    const found = statSync(path);
    // A device or pipe could go on for ever, and a huge file costs memory to be refused.
    if (!found.isFile()) throw new Error('it is not a plain file');
    if (found.size > bytesMax) throw new Error(`it has ${found.size} bytes; expected at most ${bytesMax}`);
    return readFileSync(path);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new UserError(exitCode.badInput, `${path}: ${reason}`);
  }
}

/** Where a testbed is: the one that ships with this name, else the path itself. */
export function testbedPath(root: string, nameOrPath: string): string {
  const shipped = join(root, 'testbeds', `${nameOrPath}.yaml`);
  return /^[a-z0-9-]+$/.test(nameOrPath) && existsSync(shipped) ? shipped : nameOrPath;
}

/** Nobody measures for minutes and then cannot write what was found. Throws UserError (exit 2). */
export function refuseUnwritable(file: string | undefined): void {
  if (file === undefined || (existsSync(dirname(resolve(file))) && !isDirectory(file))) return;
  throw new UserError(exitCode.badInput, `${file}: expected a file in a directory that is there`);
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
