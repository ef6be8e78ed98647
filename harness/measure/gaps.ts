import type { Gap } from '../model/run.ts';
import { eventKind, type TelemetryEvent } from '../native/telemetry.ts';
import type { QueueCores } from '../testbed/env.ts';
import type { TrialReport } from '../traffic/generator.ts';
import type { Loss } from '../stats/losses.ts';
import { overrun, type Pace } from './backlog.ts';
import { overlapNs, totalNs, touches, union, type Interval } from './intervals.ts';

/** Events of a trial, as both ends logged them. */
export interface LoggedEvents {
  readonly generator: readonly TelemetryEvent[];
  readonly device: readonly TelemetryEvent[];
  /** The generator's log had no room for all: the first ones are missing. */
  readonly isCut?: boolean;
}

export interface TrialClock {
  readonly tscHz: number;
  readonly firstSendTsc: number;
  readonly lastSendTsc: number;
  readonly drainMs: number;
}

export interface Attribution {
  /** The longest, in the order of time. */
  readonly gaps: readonly Gap[];
  /** Of each end's loops, while packets were sent; what came before or after, in the drain, is no part of it. */
  readonly gapNs: { readonly generator: number; readonly device: number };
  /**
   * Time in which the generator could not send, ns: short gaps of its loop add up, and on a full wire none can be made up for. Of several
   * senders the mean, since each has its share of the load.
   */
  readonly generatorAwayNs: number;
  /** Of the packets lost: while a core was away, or what that left behind drained. */
  readonly lostInGaps: number;
  /** Each loss with its time and its share in gaps, in the order of sending; as far back as the log reaches. */
  readonly losses: readonly Loss[];
  /** How far back that is; 0: to the start. */
  readonly lossesFromNs: number;
  /** Share of the trial that no such time touched, 0 to 1: what it says of the device, it says there. */
  readonly undisturbedRatio: number;
}

const gapsListedMax = 100;
/** Shorter gaps can be a slow round of the loop itself. */
const awayNsMin = 50_000;

/** `queues`: the generator's loops behind each queue; where left out there is one queue, and all loops are behind it. */
export type TrialPace = Pick<Pace, 'intendedPps' | 'wirePps'> & { readonly queues?: readonly QueueCores[] };

/** Says how much of a trial's loss fell into gaps: times in which a loop did not run, and what followed from them. */
export function attributeLoss(
  report: TrialReport,
  logged: LoggedEvents,
  clock: TrialClock,
  pace: TrialPace,
): Attribution {
  const generator = gapsOf(logged.generator, clock);
  const device = gapsOf(logged.device, clock);
  const { windows, generatorAwayNs } = byQueue(logged.generator, device, clock, pace);
  const trial = { startNs: 0, endNs: lastSendNs(clock) };
  return {
    gaps: longest([...named('generator', generator), ...named('device', device)]),
    gapNs: { generator: totalNs(clip(generator, trial)), device: totalNs(clip(device, trial)) },
    generatorAwayNs,
    lostInGaps: lostWithin(windows, report, logged.generator, clock),
    losses: lossesOf(windows, report, logged, clock),
    lossesFromNs: logged.isCut ? startOfLog(logged.generator, clock) : 0,
    undisturbedRatio: trial.endNs === 0 ? 0 : 1 - overlapNs(trial, windows) / trial.endNs,
  };
}

/**
 * Each queue has its own share of the load, its own ring, and loops that it depends on: a gap of another queue's sender does not fill it.
 * The windows of all are put together, since a hole in a sequence does not say what filled the device.
 */
function byQueue(
  events: readonly TelemetryEvent[],
  device: readonly Interval[],
  clock: TrialClock,
  { queues, ...pace }: TrialPace,
): { readonly windows: Interval[]; readonly generatorAwayNs: number } {
  const gapsOn = (...cores: readonly number[]) =>
    gapsOf(queues === undefined ? events : events.filter(({ aux }) => cores.includes(aux)), clock);
  const all = queues ?? [{ sender: 0, receiver: 0 }];
  const trial = { startNs: 0, endNs: lastSendNs(clock) };
  const windows = all.flatMap(({ sender, receiver }) =>
    overrun(away(gapsOn(sender, receiver)), away(device), { ...pace, queueCount: all.length }),
  );
  const sendersAwayNs = all.reduce((sum, { sender }) => sum + totalNs(clip(gapsOn(sender), trial)), 0);
  return { windows: union(windows), generatorAwayNs: sendersAwayNs / all.length };
}

function gapsOf(events: readonly TelemetryEvent[], clock: TrialClock): Interval[] {
  const endNs = lastSendNs(clock) + clock.drainMs * 1e6;
  return events
    .filter((event) => event.kind === eventKind.gap)
    .map((event) => toInterval(event, clock))
    .filter((gap) => gap.endNs >= 0 && gap.startNs <= endNs);
}

function clip(gaps: readonly Interval[], { startNs, endNs }: Interval): Interval[] {
  return gaps
    .map((gap) => ({ startNs: Math.max(gap.startNs, startNs), endNs: Math.min(gap.endNs, endNs) }))
    .filter((gap) => gap.endNs > gap.startNs);
}

function toInterval({ startTsc, endTsc }: TelemetryEvent, { tscHz, firstSendTsc }: TrialClock): Interval {
  const nsPerTick = 1e9 / tscHz;
  const startNs = (Number(startTsc) - firstSendTsc) * nsPerTick;
  return { startNs, endNs: Math.max(startNs, (Number(endTsc) - firstSendTsc) * nsPerTick) };
}

function lastSendNs({ tscHz, firstSendTsc, lastSendTsc }: TrialClock): number {
  return Math.max(0, (lastSendTsc - firstSendTsc) * (1e9 / tscHz));
}

function away(gaps: readonly Interval[]): Interval[] {
  return gaps.filter(({ startNs, endNs }) => endNs - startNs >= awayNsMin);
}

/**
 * A packet that found the wire full is logged when it happens, and again as a hole in the sequence when the next one comes
 * back: it counts once. What is lost in the device shows as a hole only.
 */
function lostWithin(
  windows: readonly Interval[],
  { sent, received, wireFull }: TrialReport,
  events: readonly TelemetryEvent[],
  clock: TrialClock,
): number {
  const within = (kind: number) =>
    events
      .filter((event) => event.kind === kind)
      .reduce((sum, event) => sum + event.count * shareWithin(toInterval(event, clock), windows), 0);
  const full = Math.min(wireFull, within(eventKind.wireFull));
  const others = sent - received - wireFull;
  const holes = Math.max(0, within(eventKind.sequenceLoss) - full);
  return Math.round(full + Math.min(Math.max(0, others), holes));
}

/** Holes in the sequence; what was lost after the last packet that came back leaves none, and is placed at the end. */
function lossesOf(
  windows: readonly Interval[],
  { sent, received }: TrialReport,
  { generator, isCut }: LoggedEvents,
  clock: TrialClock,
): Loss[] {
  const place = (interval: Interval, packets: number): Loss => ({
    ...interval,
    packets,
    inGaps: Math.round(packets * shareWithin(interval, windows)),
  });
  const holes = generator
    .filter((event) => event.kind === eventKind.sequenceLoss)
    .map((event) => place(toInterval(event, clock), event.count));
  const inHoles = holes.reduce((sum, { packets }) => sum + packets, 0);
  const rest = sent - received - inHoles;
  const endNs = lastSendNs(clock);
  return rest > 0 && !isCut ? [...holes, place({ startNs: endNs, endNs }, rest)] : holes;
}

function startOfLog(events: readonly TelemetryEvent[], clock: TrialClock): number {
  const starts = events.map((event) => toInterval(event, clock).startNs);
  return Math.max(
    0,
    starts.reduce((first, startNs) => Math.min(first, startNs), lastSendNs(clock)),
  );
}

/**
 * 1 where an event's better half lies within. Of a longer one only the share that does: an overload that goes on for the
 * whole trial is not excused by a gap somewhere in it.
 */
function shareWithin(event: Interval, windows: readonly Interval[]): number {
  const lengthNs = event.endNs - event.startNs;
  const inside = overlapNs(event, windows);
  if (inside * 2 >= lengthNs) return touches(event, windows) ? 1 : 0;
  return inside / lengthNs;
}

function named(where: Gap['where'], gaps: readonly Interval[]): Gap[] {
  return gaps.map(({ startNs, endNs }) => ({
    where,
    startNs: Math.round(startNs),
    durationNs: Math.round(endNs - startNs),
  }));
}

function longest(gaps: readonly Gap[]): Gap[] {
  return gaps
    .toSorted((a, b) => b.durationNs - a.durationNs)
    .slice(0, gapsListedMax)
    .sort((a, b) => a.startNs - b.startNs);
}
