/**
 * What a run produces: the types of `run.json` (schema `run/1`).
 * Other programs read these fields: add to them, never rename them.
 */
import type { MethodFigures } from './figures.ts';
import type { SearchGoal } from './goal.ts';
import type { Imix } from './imix.ts';

/** Where a figure comes from; drawn in every chart. */
export type Provenance = 'measured' | 'measured-virtual' | 'emulated' | 'modelled' | 'published';

/**
 * How NFs are isolated from the data plane and from each other: a process each; a guest without an operating system each (`microvm`); a virtual machine with
 * a Linux of its own each (`vm`); or not at all, in the data plane's own thread (`inline`). `none` is for the forwarder, which has no NF.
 */
export type Isolation = 'none' | 'process' | 'inline' | 'microvm' | 'vm';

/** What runs the instructions of a virtual machine: the processor, or QEMU's translator. */
export type Accelerator = 'kvm' | 'tcg';

/** What the virtual machines of a run are, found out before it started by running one. */
export interface GuestInfo {
  readonly accelerator: Accelerator;
  /** Why it is not KVM, in a sentence; null where it is. */
  readonly reason: string | null;
  /** SHA-256 over what the guests are made of: the kernel's package, its modules, and all programs that run in one. */
  readonly imageSha256: string;
}

/**
 * How an NF waits for packets: `shared` sleeps at once and wakes its successor, for a core that it shares with netvmd; `adaptive` polls, pauses, and
 * sleeps after a while without a packet; `poll` never sleeps, and needs a core of its own.
 */
export type Scheduling = 'shared' | 'adaptive' | 'poll';

export type DataplaneName =
  'netvm' | 'vhost-user' | 'virtio' | 'virtio-kernel' | 'virtio-tap' | 'sriov' | 'forwarder';

/**
 * What a figure of that cell is, on the local testbed: there the NIC behind `sriov` is software, and so is the processor of a virtual machine that KVM does not
 * run. `accelerator` is null where the run has no virtual machine.
 */
export function provenanceOf(
  { dataplane, isolation }: Pick<Cell, 'dataplane' | 'isolation'>,
  accelerator: Accelerator | null,
): Provenance {
  const isEmulated = dataplane === 'sriov' || (isolation === 'vm' && accelerator !== 'kvm');
  return isEmulated ? 'emulated' : 'measured-virtual';
}

/** One thing measured: a data plane, a chain, a frame size, a method. */
export interface Cell {
  readonly dataplane: DataplaneName;
  readonly isolation: Isolation;
  /** Into how many trust domains the chain is cut, each with memory of its own; left out where it is one. */
  readonly trustDomains?: number;
  /** Instances of each NF, a service each, of NetVM; left out where an NF is one process. */
  readonly instances?: number;
  /** Exact flows in NetVM's flow table before anything is measured; left out where there are none. */
  readonly flowEntries?: number;
  /** How NetVM's NFs wait for packets; left out where they are `shared`. */
  readonly scheduling?: Scheduling;
  /** NF names in chain order; empty for the bare forwarder. */
  readonly nfs: readonly string[];
  /** Ethernet frame size in bytes, CRC included (64 to 1518); of an IMIX the mean, rounded up. */
  readonly frameSizeBytes: number;
  /** Left out where all frames have one size. */
  readonly imix?: Imix;
  /** The traffic in a few words; left out where it is plain: IPv4, no VLAN, evenly spaced, flows in turn. */
  readonly traffic?: string;
  /** Pages that NetVM's region lies on: 4096 (ordinary ones) or 1 GB; left out where they are of 2 MB. */
  readonly hugePageSizeBytes?: number;
  readonly method: MethodName;
}

/**
 * The searches (presets of MLRsearch, RFC 9971; `mlrsearch` for goals of one's own), `mrr`, what is received of a full load, and those
 * that find other figures than a throughput.
 */
export type MethodName =
  | 'rfc2544'
  | 'tst009'
  | 'csit-ndr'
  | 'csit-pdr'
  | 'quick'
  | 'mlrsearch'
  | 'mrr'
  | 'back-to-back'
  | 'frame-loss'
  | 'soak'
  | 'recovery'
  | 'reset'
  | 'scaling';

/**
 * Verdict on one trial.
 * - `valid`: the load was offered and nothing outside the system under test disturbed it.
 * - `generator-limited`: the generator could not offer the load; says nothing of the device.
 * - `disturbed`: packets were lost while a core was taken away from its loop; repeated, never counted as loss.
 * - `unbalanced`: the books do not close; the trial is void.
 * - `nf-died`: a network function died during the trial.
 */
export type TrialVerdict = 'valid' | 'generator-limited' | 'disturbed' | 'unbalanced' | 'nf-died';

/** Verdict on a whole cell: as its deciding trials, or `failed` where the data plane could not run. */
export type CellVerdict = TrialVerdict | 'failed';

/** Closed books of a trial: sent = received + sum of drops + inFlight, exactly. */
export interface Books {
  readonly sent: number;
  readonly received: number;
  /** Named counters of lost packets, for example `wire.full`, `netvmd.nf1.verdict`. Zero entries are left out. */
  readonly drops: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly duplicates: number;
  readonly reordered: number;
  /**
   * False where the generator does not number its packets: then the books balance by count alone, a packet that came twice would hide
   * one that was lost, and `duplicates` and `reordered` (0) are not known. Left out where it does.
   */
  readonly numbered?: false;
}

/** A time in which a loop did not run: its virtual core was taken away. */
export interface Gap {
  readonly where: 'generator' | 'device';
  /** Offset from the trial's first packet, may be negative. */
  readonly startNs: number;
  readonly durationNs: number;
}

/** Latency percentiles in ns, from the intended send time (open loop, no coordinated omission). */
export interface LatencySummary {
  readonly samples: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Path of the HDR log inside the archive. */
  readonly hlog: string;
  /**
   * Of the trial it is from: the best of its repeats may still be disturbed. Of several repetitions, what most of them are worth. Left out
   * by older runs.
   */
  readonly verdict?: TrialVerdict;
  /** RFC 8219 section 7.2: typical latency (the median) and worst-case latency (the 99.9th percentile). Left out by older runs. */
  readonly typicalNs?: number;
  readonly worstCaseNs?: number;
  /** Packet delay variation, RFC 8219 section 7.3.1 after RFC 5481: the 99.9th percentile less the minimum. */
  readonly pdvNs?: number;
  /** Of each repetition, where there were several: the three figures above then are medians of these. */
  readonly repetitions?: {
    readonly typicalNs: readonly number[];
    readonly worstCaseNs: readonly number[];
    readonly pdvNs: readonly number[];
    /** The medians are of all trials, also of those that are not valid. Left out by older runs. */
    readonly verdicts?: readonly TrialVerdict[];
  };
  /** One sentence where too few packets were tagged (RFC 8219 section 7.2 wants 500); left out where enough were. */
  readonly tooFew?: string;
}

/** Times in ns, one for each end of the wire. */
export interface BothEnds {
  readonly generator: number;
  readonly device: number;
}

/** What a trial's figures rest on, besides its verdict. */
export interface TrialTrust {
  /** Share of the trial in which the loop of an end (of several any) did not run, 0 to 1: its gaps over 10 us. */
  readonly awayRatio: BothEnds;
  /** False where the generator logs no gap of its loop: then its `awayRatio` (0) is not known. Left out where it does. */
  readonly generatorGapsKnown?: false;
  /** CPU time that the hypervisor says it took of each end's cores together, from before the trial until after its drain; null where the kernel does not say. */
  readonly stealNs: BothEnds | null;
  /** Missed deadlines: packets that left so much later than they were meant to. Null where the generator does not count them. */
  readonly sendLateOver10us: number | null;
  readonly sendLateOver1ms: number | null;
  readonly sendLateNsMax: number;
  /** Left out where no NIC was emulated. */
  readonly embeddedSwitch?: EmbeddedSwitchCost;
}

/** What emulating a NIC with virtual functions took of the generator's core in a trial: shares of its time, 0 to 1. */
export interface EmbeddedSwitchCost {
  /** Moving packets between virtual functions, and from them to the wire. */
  readonly busyRatio: number;
  /** That, sending and receiving together: near 1 the rate is the emulation's, and not the device's. */
  readonly coreBusyRatio: number;
}

/** Methods whose trials are named after them; the others search. */
export type MethodOfItsOwn =
  'mrr' | 'back-to-back' | 'frame-loss' | 'soak' | 'recovery' | 'reset' | 'scaling';

/** One line of `trials.jsonl`. */
export interface TrialRecord {
  readonly cell: Cell;
  /** What the trial was for. */
  readonly purpose: 'ceiling' | 'search' | 'latency' | 'wire-latency' | MethodOfItsOwn;
  /** What the profile or search asked for, what left the generator, what came back: packets per second. */
  readonly intendedPps: number;
  readonly offeredPps: number;
  readonly receivedPps: number;
  readonly durationNs: number;
  /** What was offered as bits on the wire, preamble and gap included, bit/s. Left out by older runs and some generators. */
  readonly offeredBps?: number;
  /** (sent - received) / sent, 0 to 1. */
  readonly lossRatio: number;
  /** Packets lost while a gap was open or its backlog drained. */
  readonly lostInGaps: number;
  /** `void` where the generator died in it: what it had sent is not known. */
  readonly verdict: TrialVerdict | 'void';
  /** One sentence where the verdict is not `valid`, else null. */
  readonly reason: string | null;
  readonly books: Books;
  readonly gaps: readonly Gap[];
  /**
   * Sum of all gaps of the loops of each end while packets were sent, ns (the list above may be cut, and has those of the drain). 0 for a generator that logs none (`generator.can`).
   */
  readonly gapNs: { readonly generator: number; readonly device: number };
  readonly latencyNs: LatencySummary | null;
  /** Share of the device core's time spent on packets, 0 to 1, and cycles per packet; null where unknown. */
  readonly cpu: CpuCost | null;
  /** Left out by older runs. */
  readonly trust?: TrialTrust;
}

export interface CpuCost {
  readonly cores: readonly number[];
  readonly busyRatio: number;
  readonly cyclesPerPacket: number;
}

export interface Throughput {
  readonly pps: number;
  /** Layer 1 rate: frame + 20 bytes of preamble and gap, Gbit/s. */
  readonly gbps: number;
  /** Highest load without loss and lowest load with loss that the search saw. upperPps is null if the wire's rate was reached. */
  readonly lowerPps: number;
  readonly upperPps: number | null;
}

/** What was found for one goal of the search: a Goal Result of RFC 9971. */
export interface GoalFigures {
  readonly goal: SearchGoal;
  /** Both relevant bounds were found, and they are within the Goal Width. */
  readonly isRegular: boolean;
  /** Relevant Lower Bound and Relevant Upper Bound, packets per second; null where there is none. */
  readonly relevantLowerPps: number | null;
  readonly relevantUpperPps: number | null;
  /** Conditional Throughput: the forwarding rate to expect at the lower bound. */
  readonly conditionalThroughputPps: number | null;
  readonly verdict: TrialVerdict;
  /** One sentence where the result is not regular, or its verdict not `valid`; else null. */
  readonly reason: string | null;
}

/**
 * Round trip of a cache line between the generator's core and the device's, ns, with no traffic and no data plane. Of several cores of
 * the generator, and NFs' cores, the one that is furthest from the data plane's.
 */
export interface CoreRoundTrip {
  /** Just before the cell's data plane was started, and just after it had stopped. */
  readonly before: number;
  readonly after: number;
}

/** Frequency of a core in Hz (of several of an end the slowest), from the time that dependent multiplications take, before a cell and after it. */
export interface CoreFrequency {
  readonly before: BothEnds;
  readonly after: BothEnds;
}

/** What it takes to have an NF. */
export interface NfCost {
  /** Its program's name: `nf0-forward`, of a service `nf0-forward.2`. */
  readonly name: string;
  /** From the request to start it until it was ready to be put into a chain. NFs of a cell are started at once, on the device's cores; inline ones one after the other. */
  readonly startMs: number;
  /** It may have been ready by so much earlier; 0 where the NF itself has said when. */
  readonly startWithinMs: number;
  /** Memory that is its own: private pages of its process and of those below it. Packets, and what it shares with others, do not count. */
  readonly memoryBytes: number;
}

export interface CellResult {
  readonly cell: Cell;
  readonly provenance: Provenance;
  readonly verdict: CellVerdict;
  readonly reason: string | null;
  /** Of the strictest goal, where the search had several. */
  readonly throughput: Throughput | null;
  /** Of a search: what was found for each of its goals. Left out by older runs and where nothing was searched for. */
  readonly goals?: readonly GoalFigures[];
  /** What the method found besides or instead of a throughput, with the section that defines it. */
  readonly figures?: MethodFigures;
  /** Keys: percent of the found throughput ("10", "50", "90"); "0" is a load so low that no packet waits for another. */
  readonly latencyNs: Readonly<Record<string, LatencySummary>>;
  /** Of the trial that set the lower bound (best zero-loss trial). */
  readonly loads: {
    readonly intendedPps: number;
    readonly offeredPps: number;
    readonly receivedPps: number;
  } | null;
  readonly books: Books | null;
  readonly cpu: CpuCost | null;
  readonly trials: number;
  readonly trialsDisturbed: number;
  /** How far apart the cores were: a hypervisor moves them, and rates move with that. Null where it is not known. */
  readonly coreRoundTripNs: CoreRoundTrip | null;
  /** Of the trial that set the throughput, as `loads`; null where there is none. Left out by older runs. */
  readonly trust?: TrialTrust | null;
  /** Null where it is not known. Left out by older runs. */
  readonly coreFrequencyHz?: CoreFrequency | null;
  /** Of each NF, in chain order; left out by older runs, of other data planes than NetVM, and where an NF was lost before it could be asked. */
  readonly nfCosts?: readonly NfCost[];
}

/** The wire alone: the generator against its reflector, with no device and no NF in between. */
export interface WireLatency {
  readonly frameSizeBytes: number;
  /** As the profile's loads: of the wire's rate, or of the generator's ceiling where that is less. */
  readonly loadPercent: number;
  readonly intendedPps: number;
  readonly latencyNs: LatencySummary;
}

export interface GeneratorInfo {
  readonly name: string;
  readonly version: string;
  /** What it can do, by names: `rate`, `latency`, `sequence`, `gaps` ... Left out by older runs, whose generator can all of these. */
  readonly can?: readonly string[];
  /** What it can send and receive back at 64 bytes through a reflector, packets per second: median of `ceilingRunsPps`. */
  readonly ceilingPps: number;
  readonly ceilingRunsPps: readonly number[];
  /** As for a cell, just before; null where it is not known. */
  readonly coreRoundTripNs: number | null;
  /** Where it sent and received, each sender with a queue of the wire. Left out where one core did both. */
  readonly txCores?: readonly number[];
  readonly rxCores?: readonly number[];
  /** For each frame size and load of the latency trials. Shown beside a device's latency, never taken off it. Left out by older runs. */
  readonly wireLatencyNs?: readonly WireLatency[];
}

/** Whether the clock that all times are taken with can be relied on; found out before a run. */
export interface ClockCheck {
  /** The counter runs at one rate, whatever the core does (CPU flags constant_tsc and nonstop_tsc). */
  readonly invariant: boolean;
  /** Rate of the time-stamp counter against the kernel's raw monotonic clock. */
  readonly tscHz: number;
  /** The rate that the native programs reckon with; null where none ran. */
  readonly programsTscHz: number | null;
  /** How far the device's counter is ahead of the generator's, and how near the truth lies; null where it is not known. */
  readonly skewNs: number | null;
  readonly skewWithinNs: number | null;
  /** One sentence for each thing that is wrong. */
  readonly faults: readonly string[];
}

/** Facts about one host, as in `facts.json`. */
export interface HostFacts {
  readonly host: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly microcode: string | null;
  readonly kernel: string;
  readonly kernelCommandLine: string;
  readonly mitigations: Readonly<Record<string, string>>;
  readonly governor: string | null;
  readonly hypervisor: string | null;
  readonly tscHz: number | null;
  /** The CPU says that its time-stamp counter keeps one rate and never stops. Left out by older runs. */
  readonly tscInvariant?: boolean;
  readonly hugepages: Readonly<Record<string, number>>;
  readonly memoryBytes: number;
  readonly dpdkVersion: string;
  readonly nodeVersion: string;
  readonly gitCommit: string | null;
  readonly gitDirty: boolean | null;
  /** SHA-256 of what differs from the commit, new files included: tells two states of one commit apart. Null where nothing does; left out by older runs. */
  readonly gitChangesSha256?: string | null;
  readonly packageLockSha256: string | null;
}

/** A probe of how much the machine itself disturbs: gaps over 10 us of an idle loop, for each core used. */
export interface JitterProfile {
  readonly core: number;
  readonly durationNs: number;
  readonly gaps: number;
  readonly gapNsTotal: number;
  readonly gapNsMax: number;
}

/** Where a run's cells come from; the profile's text is beside `run.json`, as `profile.yaml`. */
export interface RunSource {
  /** Where the profile was read, as it was named. */
  readonly file: string;
  /** `--set key=value`, in their order. */
  readonly set: readonly string[];
  /** `--shard i/n`; null for all cells. */
  readonly shard: string | null;
}

export interface DeviceCores {
  readonly core: number;
  readonly nfCores: readonly number[];
}

export interface Run {
  readonly schema: 'run/1';
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** `complete`, or why not. */
  readonly status: 'complete' | 'interrupted' | 'running';
  readonly command: string;
  readonly testbed: string;
  /** Where the data plane ran and where its NFs, in the order of the chain. Left out where all shared one core. */
  readonly device?: DeviceCores;
  /** The profile as resolved. */
  readonly profile: unknown;
  /** What was asked for: with it the same cells can be measured again, and a run that was killed resumed. Left out by older runs. */
  readonly source?: RunSource;
  /** When it was gone on with, after it had been interrupted or killed. Left out where it never was. */
  readonly resumedAt?: readonly string[];
  readonly generator: GeneratorInfo | null;
  readonly jitter: readonly JitterProfile[];
  /** Left out where the plan has no virtual machine. */
  readonly guest?: GuestInfo;
  readonly results: readonly CellResult[];
  /** Null where it could not be checked. Left out by older runs. */
  readonly clock?: ClockCheck | null;
  /** How long the run was expected to take, on the machine as the jitter probe saw it, and took (null while it runs), ms. Left out by older runs. */
  readonly estimatedMs?: number;
  readonly elapsedMs?: number | null;
}
