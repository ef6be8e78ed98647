import { join } from 'node:path';
import { startProgram, type Program } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { native } from './testbed.fixture.ts';

export interface HostileNf {
  readonly slot: number;
  /** How it lies; in the ways of native/tests/nf_hostile.c. */
  readonly how?: 'endless' | 'frozen' | 'foreign';
  readonly region?: string;
  /** netvmd's where left out. */
  readonly core?: number;
}

/** Joins a region of the testbed with an NF that keeps to no rule. */
export function startHostile(
  env: LocalTestbedEnv,
  { slot, how, region = 'region', core = env.deviceCore }: HostileNf,
): Program {
  return startProgram({
    name: `nf-hostile${slot}`,
    file: join(native, '../tests/nf-hostile'),
    args: [join(env.hugeDir, region), String(slot), ...(how === undefined ? [] : [how])],
    cpus: [core],
    runDir: env.runDir,
  });
}
