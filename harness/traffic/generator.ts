import type { Capability, GeneratorName } from '../model/generator.ts';
import type { Traffic } from '../model/traffic.ts';
import type { Program } from '../native/program.ts';

/** A load, and for how long. Three loads are kept apart: intended (this), offered, received. */
export interface TrialRequest {
  readonly frameSizeBytes: number;
  /** Sizes that are sent in this order, again and again, instead of `frameSizeBytes`: 1 to 4096, CRC included. */
  readonly imixSizesBytes?: readonly number[];
  /** Left out: plain. What it needs of a generator: `trafficFeatures`. */
  readonly traffic?: Traffic;
  /** 0 takes the pacing away: as fast as the wire takes packets, and a full wire is no loss. Only that, of one that has no `rate`. */
  readonly pps: number;
  readonly durationMs: number;
  readonly flows: number;
  /** One packet in so many carries its intended send time; a power of two. */
  readonly stampEvery: number;
  /** 0 for an unpaced wire. */
  readonly lineRateBps: number;
  /** How long it still receives after the last packet that came. */
  readonly drainMs: number;
  /** Ends the trial when so many have been sent: a burst. Then the duration is its limit. */
  readonly packets?: number;
  /** What follows the duration without a pause, at another rate; both or none, on a paced wire, and without `packets`. */
  readonly thenPps?: number;
  readonly thenDurationMs?: number;
}

/** What the generator itself counted, after the drain. */
export interface TrialReport {
  readonly intendedPps: number;
  readonly offeredPps: number;
  readonly receivedPps: number;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Packets that came and were not of this trial. */
  readonly foreign: number;
  /** Of `received`: came back on another queue of the wire than they had left on. Left out by a generator with one queue. */
  readonly strayed?: number;
  /** Of `lost`: the device had no free receive descriptor when their time came. */
  readonly wireFull: number;
  readonly firstSendTsc: number;
  readonly lastSendTsc: number;
  /** When `thenPps` began; 0 or left out where nothing followed. */
  readonly stepTsc?: number;
  /** From the first packet to the last. */
  readonly durationNs: number;
  readonly latencySamples: number;
  /** Sum of the gaps of its own loop. */
  readonly gapNs: number;
  readonly sendLateNsMax: number;
  /** Packets that left so much later than intended; left out by a generator that does not count them. */
  readonly sendLateOver10us?: number;
  readonly sendLateOver1ms?: number;
  /** What was offered as bits on the wire, preamble and gap included, bit/s. */
  readonly offeredBps?: number;
  /** Packets by frame size; empty where there are more than 64 sizes. Received ones count duplicates too. */
  readonly frameSizes?: readonly FrameSizeCount[];
}

export interface FrameSizeCount {
  /** With CRC. */
  readonly bytes: number;
  readonly sent: number;
  readonly received: number;
}

/**
 * A traffic generator: it sends and receives, and owns the wire, so it is started before the device. What it cannot do
 * (`can` does not have it) is 0 in its report: a generator without `sequence` finds no duplicate, and counts as lost what did not
 * come back.
 */
export interface Generator {
  readonly name: GeneratorName | 'fake';
  readonly version: string;
  readonly can: readonly Capability[];
  /** Its counters, events, and the latency histogram of the last trial; null where it shows none of these. */
  readonly telemetryPath: string | null;
  readonly program: Program;
  /** It does not survive the device's end of the wire, so it is put down first. */
  readonly leavesFirst: boolean;
  linkUp(signal: AbortSignal): Promise<boolean>;
  /** Ends when the trial has ended and drained. Rejects when the generator dies, does not answer, or on abort. */
  trial(request: TrialRequest, signal: AbortSignal): Promise<TrialReport>;
  /** May be called again. */
  down(): Promise<void>;
}

/** Where a generator is to run. */
export interface GeneratorSite {
  /** Directory of the native programs. */
  readonly native: string;
  readonly runDir: string;
  readonly core: number;
  /** Where it sends and receives, if not on `core`: a queue of the wire for each sender, no more receivers than senders. */
  readonly txCores?: readonly number[];
  readonly rxCores?: readonly number[];
  /** The wire's socket; the generator makes it. */
  readonly wire: string;
  /** Virtual functions to emulate on the wire's NIC; 0 or left out: a plain wire. Only for a generator that can (`vfs`). */
  readonly vfs?: number;
  /** Flows of every trial, for one that must know when it starts. */
  readonly flows: number;
  /** The program, of an external generator; found by find.ts. */
  readonly file: string;
  readonly signal: AbortSignal;
}

/**
 * What a generator that is not of this repository does not count. `wireFull`: what a full wire did not take, it did not send. That these
 * are not known is said by `can`, not by the zeros.
 */
export const notCounted = {
  duplicates: 0,
  reordered: 0,
  foreign: 0,
  wireFull: 0,
  latencySamples: 0,
  gapNs: 0,
  sendLateNsMax: 0,
} as const satisfies Partial<TrialReport>;
