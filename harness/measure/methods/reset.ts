import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../../native/program.ts';
import { ownOf, type ResetTarget } from '../../profile/own-settings.ts';
import { largestOutage } from '../../stats/losses.ts';
import { repeats } from '../../stats/summary.ts';
import type { TrialDone } from '../trial.ts';
import { worst, type Found, type MethodInput, type Offering } from './found.ts';
import { meanwhile } from './meanwhile.ts';
import { throughputOf } from './throughput.ts';

/** Of both targets: RFC 6201 updates RFC 2544 section 26.6. */
const sourceOf: Readonly<Record<ResetTarget, string>> = {
  dataplane:
    'RFC 6201 section 4.2.2 (process reset, of every process), frame-loss and timestamp methods of section 1.3',
  nf: 'RFC 6201 section 4.2.2 (process reset, of one NF), frame-loss and timestamp methods of section 1.3',
};

/** The reset comes after so much of a trial. */
const quietShare = 0.2;
/** Losses nearer to each other than this are one outage. */
const apartNs = 20e6;

/** One reset: what the trial lost through it, and how long the restart took. */
interface Reset {
  readonly trial: TrialDone;
  readonly restartNs: number;
  readonly outage: { readonly startNs: number; readonly endNs: number; readonly packets: number };
}

/**
 * Reset (RFC 6201): while packets flow at a share of the throughput, the data plane, or its first NF, is killed (SIGKILL), started anew
 * and put back to work by the harness, which is its supervisor here. The outage is one: packets lost in it / offered rate (frame-loss
 * method), and the time from its first lost packet to the first that came back (timestamp method).
 */
export async function reset(input: MethodInput): Promise<Found> {
  const { profile } = input;
  const own = ownOf(profile.method.own, 'reset');
  const { name: target, restart } = partOf(input, own.target);
  const found = await throughputOf(input);
  const { throughput } = found;
  if (throughput === null || found.verdict === 'nf-died') return found;
  const offeredPps = throughput.pps * own.loadRatio;
  const resets: Reset[] = [];
  for (let i = 0; i < own.repetitions; i++) {
    const done = await resetOnce(input, restart, offeredPps, own.watchMs);
    if ('failure' in done) return { ...found, ...done.failure, best: done.trial };
    resets.push(done);
  }
  const frameLossNs = resets.map(({ trial, outage }) => (outage.packets / trial.offeredPps) * 1e9);
  const lostInOutage = resets.map(({ outage }) => outage.packets);
  const verdict = worst(resets.map(({ trial }) => trial));
  return {
    ...found,
    // The restart takes the core that netvmd runs on, which its loop logs as a gap: here it belongs to the reset.
    ...(verdict.verdict === 'disturbed' ? { verdict: found.verdict, reason: found.reason } : verdict),
    best: resets.at(-1)?.trial ?? found.best,
    figures: {
      method: 'reset',
      source: sourceOf[own.target],
      target,
      offeredPps,
      frameLossNs,
      timestampNs: resets.map(({ outage }) => outage.endNs - outage.startNs),
      restartNs: resets.map(({ restartNs }) => restartNs),
      lostInOutage,
      lostApart: resets.map(({ trial, outage }) => Math.max(0, trial.lost - outage.packets)),
      summary: repeats(frameLossNs),
    },
  };
}

/** The trials of a reset in which nothing is reset. */
export async function offerResets(input: Offering): Promise<Found> {
  const { repetitions, watchMs, loadRatio } = ownOf(input.profile.method.own, 'reset');
  const found = await throughputOf(input);
  const pps = (found.throughput?.pps ?? 0) * loadRatio;
  for (let i = 0; i < repetitions; i++) await input.offer({ pps, durationMs: watchMs }, 'reset');
  return found;
}

type Failed = { readonly failure: Pick<Found, 'verdict' | 'reason'>; readonly trial: TrialDone };

async function resetOnce(
  { offer, signal }: MethodInput,
  restart: Restart,
  pps: number,
  watchMs: number,
): Promise<Reset | Failed> {
  const [trial, restartNs] = await meanwhile(
    signal,
    () => offer({ pps, durationMs: watchMs }, 'reset'),
    (stop) => restartIn(watchMs * quietShare, restart, stop),
  );
  const { verdict, reason } = trial;
  if (verdict === 'nf-died' || verdict === 'unbalanced') return { failure: { verdict, reason }, trial };
  if (trial.lossesFromNs > watchMs * quietShare * 1e6) {
    const what = 'The log of losses had no room for the time of the reset, so how long it took is not known';
    return { failure: { verdict: 'failed', reason: `${what}; lower method.watch or method.load.` }, trial };
  }
  const outage = largestOutage(trial.losses, apartNs);
  if (outage === null)
    return {
      failure: { verdict: 'failed', reason: 'It was killed, and yet no packet was lost.' },
      trial,
    };
  if (outage.endNs >= trial.record.durationNs) {
    const what = `What was killed had not come back to work when the trial of ${watchMs} ms ended; raise method.watch.`;
    return { failure: { verdict: 'failed', reason: what }, trial };
  }
  return { trial, restartNs, outage };
}

/** Kept when what was killed is back at work; ends early where the signal is aborted. */
type Restart = (stop: AbortSignal) => Promise<void>;

interface Part {
  readonly name: string;
  readonly restart: Restart;
}

function partOf({ bench, cell }: MethodInput, target: ResetTarget): Part {
  const { dataplane } = bench;
  const { host, nfs } = dataplane;
  if (target === 'dataplane') {
    return { name: allOf(host, nfs.length), restart: bench.resetDevice };
  }
  const [first] = nfs;
  if (dataplane.resetNf === undefined || first === undefined)
    throw new Error(`${cell.dataplane} has no NF that can be killed and brought back`);
  return { name: first.name, restart: async (stop) => dataplane.resetNf?.(0, stop) };
}

function allOf(host: Program | null, nfs: number): string {
  if (host === null) return nfs === 1 ? 'the NF on its virtual function' : `${nfs} NFs on virtual functions`;
  return `${host.name}${nfs === 0 ? '' : nfs === 1 ? ' and its NF' : ` and its ${nfs} NFs`}`;
}

async function restartIn(afterMs: number, restart: Restart, stop: AbortSignal): Promise<number> {
  await sleep(afterMs, undefined, { signal: stop });
  const start = performance.now();
  await restart(stop);
  return (performance.now() - start) * 1e6;
}
