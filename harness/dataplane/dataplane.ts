import type { Accelerator, Cell, DataplaneName, NfCost } from '../model/run.ts';
import type { Program } from '../native/program.ts';

/** A system under test, seen from a measurement. */
export interface Dataplane {
  readonly name: DataplaneName;
  /** Queues of the wire that it can serve. */
  readonly queuesMax: number;
  /** Each NF sits on a virtual function of a NIC that the generator emulates, at the socket `<wire>.vf<i>`. */
  readonly onVirtualFunctions?: true;
  /** Starts it with the cell's chain, and returns when packets would pass. Rejects, with nothing left running. */
  up(cell: Cell, site: DataplaneSite): Promise<RunningDataplane>;
}

/** Where it is to run. */
export interface DataplaneSite {
  /** Directory of the native programs. */
  readonly native: string;
  /** For sockets, telemetry and logs of this cell alone. */
  readonly runDir: string;
  /** A hugetlbfs. */
  readonly hugeDir: string;
  /** The data plane itself runs here; and its NFs, where they have no cores of their own. */
  readonly core: number;
  /** Of the NFs, in the order of the chain; left out or empty: they share `core`. */
  readonly nfCores?: readonly number[];
  /** The NUMA node of `core`, where its packets are to be; null, or left out, where the machine has one node. */
  readonly node?: number | null;
  /** Queues of the wire, one for each of the generator's senders; 1 where left out. What came in on one leaves on the same. */
  readonly queues?: number;
  /** The wire's socket; the generator has made it. */
  readonly wire: string;
  /** What virtual machines are started with; left out where no cell has one. */
  readonly guest?: GuestMachine;
  readonly signal: AbortSignal;
}

/** A virtual machine's processor and its image: absolute paths. */
export interface GuestMachine {
  readonly accelerator: Accelerator;
  readonly kernel: string;
  readonly initrd: string;
}

/** The core of the NF process at this place, counted along the chain with all instances: from the first of the NFs' cores on again where there are fewer. */
export function nfCore(
  { core, nfCores = [] }: Pick<DataplaneSite, 'core' | 'nfCores'>,
  place: number,
): number {
  return nfCores[place % nfCores.length] ?? core;
}

/** The processes of a data plane that is up. */
export interface Processes {
  /** Segments whose counters belong in the books, and whose gaps are the device's. */
  readonly telemetryPaths: readonly string[];
  /** The data plane itself: where it dies, the cell has failed. Null where it has no program but its NFs. */
  readonly host: Program | null;
  /** The network functions in chain order: where one dies, the trial says so. */
  readonly nfs: readonly Program[];
  /**
   * Kills one NF (SIGKILL), starts it anew in its place, and puts the chain back to work; kept when that is done. Left out where a data
   * plane cannot take back an NF. `nfs` then has the new program.
   */
  resetNf?(index: number, signal: AbortSignal): Promise<void>;
  /** Of the chain's first NF, where it is one of several instances that can be changed while packets pass. */
  readonly service?: Service | undefined;
  /** What it takes to have each NF that is there, in chain order. For moments without traffic. Left out where a data plane cannot tell. */
  nfCosts?(signal: AbortSignal): Promise<NfCost[]>;
  /** Stops everything, NFs first. Kept when all are gone. */
  down(): Promise<void>;
}

/** Instances of one NF that share its packets, flow by flow. Each change is kept when it is done, and loses no packet. */
export interface Service {
  /** `nf0-forward`. */
  readonly name: string;
  /** How many there are now. */
  readonly size: number;
  /** Starts one more, which new flows then come to, too. */
  add(signal: AbortSignal): Promise<void>;
  /** Takes the oldest one out of the service, lets what it holds go on, and stops it. */
  remove(signal: AbortSignal): Promise<void>;
  /** A new process takes the place of the oldest one. */
  replace(signal: AbortSignal): Promise<void>;
  /** Packets that each of those that are there has taken since it was started, by its name: `nf0-forward.2`, numbered as they were started. */
  received(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
}

/** All of them. */
export function programsOf({ host, nfs }: Pick<Processes, 'host' | 'nfs'>): Program[] {
  return host === null ? [...nfs] : [host, ...nfs];
}

export interface RunningDataplane extends Processes {
  /**
   * Kills every process of it (SIGKILL) and brings it up again on the same wire, with the same chain; kept when packets would pass.
   * `host`, `nfs` and `telemetryPaths` then are the new ones. Rejects where it does not come up.
   */
  reset(signal: AbortSignal): Promise<void>;
}
