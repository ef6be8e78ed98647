import type { HostFacts } from '../model/run.ts';

/** A provisioned local testbed, as a run sees it. Everything in it is put back when the run ends. */
export interface LocalTestbedEnv {
  /** The testbed's name, as in its file. */
  readonly name: string;
  readonly generatorCore: number;
  readonly deviceCore: number;
  /** Directory of this run alone (mode 0700) for sockets and telemetry; an absolute path. */
  readonly runDir: string;
  /** A hugetlbfs (2 MB pages, mode 0700) of this run alone. */
  readonly hugeDir: string;
  readonly facts: HostFacts;
}
