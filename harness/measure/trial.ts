import type { TrialRecord } from '../model/run.ts';
import { lineRatePps, meanFrameBytes } from '../model/units.ts';
import type { Counters, Telemetry, TelemetryEvent } from '../native/telemetry.ts';
import type { TrialOutcome } from '../search/trial.ts';
import { ControlError } from '../native/control.ts';
import type { Loss } from '../stats/losses.ts';
import type { TrialReport, TrialRequest } from '../traffic/generator.ts';
import type { Bench } from './bench.ts';
import { closeBooks, heldAtMost } from './books.ts';
import { cpuCost } from './cpu.ts';
import { embeddedSwitchCost } from './embedded-switch.ts';
import { attributeLoss } from './gaps.ts';
import { trialTrust } from './trust.ts';
import { judgeTrial } from './verdict.ts';
import { voidTrial } from './void.ts';

/** A trial as it is kept, and as a search sees it. */
export interface TrialDone extends TrialOutcome {
  readonly record: TrialRecord;
  /** Where in time it lost packets, and since when that is known, from the first packet on. */
  readonly losses: readonly Loss[];
  readonly lossesFromNs: number;
  /** When the rate changed, from the first packet on; null where it did not. */
  readonly stepNs: number | null;
}

/**
 * One trial: read, offer the load, wait until it has ended and drained, read again, close the books. Between the two readings
 * this process does nothing but wait (and reset the device, where that is measured). Rejects with TrialVoid where the generator does
 * not survive it.
 */
export async function runTrial(
  bench: Bench,
  request: TrialRequest,
  purpose: TrialRecord['purpose'],
  signal: AbortSignal,
): Promise<TrialDone> {
  const { generator, generatorTelemetry, deviceTelemetry, dataplane, cell, deviceCore, nfCores = [] } = bench;
  const before = mark(generatorTelemetry);
  const deviceBefore = deviceTelemetry.map(mark);
  const stolenBefore = bench.stealNs();
  const report = await generator.trial(request, signal).catch((error: unknown): TrialReport => {
    throw isGenerators(error, signal) ? voidTrial(error, { cell, purpose, request }) : error;
  });
  await bench.resetsDone();
  const { host } = dataplane;
  if (host !== null && host.child.status !== null) throw host.death(host.child.status);

  const device = deviceTelemetry.map((telemetry, i) => since(telemetry, deviceBefore[i]));
  const own = since(generatorTelemetry, before);
  // A reset adds the segments of the new processes; those that were there before are of the dead.
  const isReset = deviceTelemetry.length > deviceBefore.length;
  const heldMax = heldAtMost(bench.queues?.length ?? 1, cell.nfs.length * (cell.instances ?? 1));
  const dead = isReset ? { readings: device.slice(0, deviceBefore.length), heldMax } : undefined;
  const closed = closeBooks(report, [own, ...device], dead, deadPlaces(bench));
  const embeddedSwitch = embeddedSwitchCost(own, report);
  const clock = { ...report, tscHz: generatorTelemetry.tscHz, drainMs: request.drainMs };
  const wirePps = request.lineRateBps === 0 ? 0 : lineRatePps(request.lineRateBps, meanFrameBytes(cell));
  const attribution = attributeLoss(
    report,
    { generator: own.events, device: device.flatMap(({ events }) => events), isCut: own.isCut },
    clock,
    { intendedPps: report.intendedPps, wirePps, ...(bench.queues && { queues: bench.queues }) },
  );
  const { verdict, reason } = judgeTrial({
    report,
    attribution,
    deadNfs: deadNfs(bench),
    booksFault: closed.fault,
    embeddedSwitch,
    durationMs: request.durationMs + (request.thenDurationMs ?? 0),
  });
  const lost = report.sent - report.received;
  const { intendedPps, offeredPps, receivedPps, durationNs, sent } = report;
  const record: TrialRecord = {
    cell,
    purpose,
    intendedPps,
    offeredPps,
    receivedPps,
    durationNs,
    ...(report.offeredBps !== undefined && { offeredBps: report.offeredBps }),
    lossRatio: sent === 0 ? 0 : lost / sent,
    lostInGaps: attribution.lostInGaps,
    verdict,
    reason,
    books: generator.can.includes('sequence') ? closed.books : { ...closed.books, numbered: false },
    gaps: attribution.gaps,
    gapNs: attribution.gapNs,
    latencyNs: null,
    // On cores of their own NFs wait for packets by polling, and do not count what they cost.
    cpu: nfCores.length > 0 && dataplane.nfs.length > 0 ? null : cpuCost(device, report, deviceCore),
    trust: trialTrust(
      report,
      attribution,
      { before: stolenBefore, after: bench.stealNs() },
      generator.can.includes('gaps'),
      embeddedSwitch,
    ),
  };
  const { lostInGaps, undisturbedRatio, losses, lossesFromNs } = attribution;
  const outcome = { verdict, reason, offeredPps, receivedPps, sent, lost, lostInGaps, undisturbedRatio };
  return { ...outcome, record, losses, lossesFromNs, stepNs: stepOf(report, generatorTelemetry.tscHz) };
}

/** It died or fell silent. An answer that it cannot (the device left the wire) is no fault of its own. */
function isGenerators(error: unknown, signal: AbortSignal): error is Error {
  return error instanceof Error && !signal.aborted && !(error instanceof ControlError);
}

interface Mark {
  readonly counters: Counters;
  readonly events: bigint;
}

function mark(telemetry: Telemetry): Mark {
  return { counters: telemetry.read(), events: telemetry.eventsWritten() };
}

function since(telemetry: Telemetry, start: Mark | undefined) {
  const logged = telemetry.events(start?.events ?? 0n);
  const events: readonly TelemetryEvent[] = logged.events;
  const before = start?.counters ?? new Map<string, bigint>();
  return { before, after: telemetry.read(), events, isCut: logged.missed > 0 };
}

function stepOf({ stepTsc = 0, firstSendTsc }: TrialReport, tscHz: number): number | null {
  return stepTsc === 0 ? null : ((stepTsc - firstSendTsc) * 1e9) / tscHz;
}

/** By their place in the chain. */
function deadPlaces({ dataplane }: Bench): number[] {
  return dataplane.nfs.flatMap(({ child }, place) => (child.status === null ? [] : [place]));
}

function deadNfs({ dataplane }: Bench): string[] {
  return dataplane.nfs.flatMap((nf) => (nf.child.status === null ? [] : [nf.death(nf.child.status).message]));
}
