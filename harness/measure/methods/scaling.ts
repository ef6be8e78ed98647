import { setTimeout as sleep } from 'node:timers/promises';
import type { ScalingFigures, ScalingStep, ScalingStepName } from '../../model/figures.ts';
import type { Service } from '../../dataplane/dataplane.ts';
import { ownOf } from '../../profile/own-settings.ts';
import { lostIn } from '../../stats/losses.ts';
import { repeats } from '../../stats/summary.ts';
import type { TrialDone } from '../trial.ts';
import { worst, type Found, type MethodInput, type Offering } from './found.ts';
import { meanwhile } from './meanwhile.ts';
import { sampled, Sampler, type Sample } from './sampler.ts';
import { throughputOf } from './throughput.ts';

export const source =
  'no RFC: ETSI GS NFV 003 scale-out and scale-in of a network function, and its replacement, under a steady load (open loop)';

/** In the order in which they are taken. */
const order: readonly { readonly step: Exclude<ScalingStepName, 'steady'>; readonly change: Change }[] = [
  { step: 'scale-out', change: (service, stop) => service.add(stop) },
  { step: 'scale-in', change: (service, stop) => service.remove(stop) },
  { step: 'replace', change: (service, stop) => service.replace(stop) },
];
type Change = (service: Service, stop: AbortSignal) => Promise<void>;

/** The steady state comes first. */
const phases = 1 + order.length;

const nothingSearched = { verdict: 'valid', reason: null, throughput: null, best: null } as const;

/** One time through all steps. */
interface Pass {
  readonly trial: TrialDone;
  readonly steps: readonly DoneStep[];
  readonly samples: readonly Sample[];
}

interface DoneStep {
  readonly step: ScalingStepName;
  readonly instances: number;
  readonly atNs: number;
  readonly tookNs: number;
}

/**
 * Scaling: under a steady load the chain's first NF gets one instance more, loses its oldest one, and has its oldest one replaced by a new
 * process, one after the other, in one trial whose books say what that lost. Meanwhile each instance is asked how many packets it has taken.
 */
export async function scaling(input: MethodInput): Promise<Found> {
  const { profile, bench } = input;
  const { service } = bench.dataplane;
  if (service === undefined) throw new Error(`${input.cell.dataplane} has no service that could be scaled`);
  const own = ownOf(profile.method.own, 'scaling');
  const { found, pps } = await loadFor(input);
  if (pps === null) return found;
  const passes: Pass[] = [];
  for (let i = 0; i < own.repetitions; i++) {
    const pass = await undisturbed(profile.method.maxRepeats, () =>
      passThrough(input, service, pps, own.watchMs),
    );
    const { verdict, reason } = pass.trial;
    if (verdict === 'nf-died' || verdict === 'unbalanced')
      return { ...found, verdict, reason, best: pass.trial };
    passes.push(pass);
  }
  return {
    ...found,
    ...worst(passes.map(({ trial }) => trial)),
    best: passes.at(-1)?.trial ?? found.best,
    figures: figuresOf(service.name, pps, intervalMsOf(own.watchMs), passes),
  };
}

/** The trials of a scaling in which nothing is scaled. */
export async function offerScaling(input: Offering): Promise<Found> {
  const { repetitions, watchMs } = ownOf(input.profile.method.own, 'scaling');
  const { found, pps } = await loadFor(input);
  if (pps === null) return found;
  for (let i = 0; i < repetitions; i++) await input.offer({ pps, durationMs: phases * watchMs }, 'scaling');
  return found;
}

/** Null where no load could be found: `found` says why. */
async function loadFor(input: Offering): Promise<{ readonly found: Found; readonly pps: number | null }> {
  const { load } = ownOf(input.profile.method.own, 'scaling');
  if (load.kind === 'rate') return { found: nothingSearched, pps: load.pps };
  const found = await throughputOf(input);
  const isFound = found.throughput !== null && found.verdict !== 'nf-died';
  return { found, pps: isFound ? (found.throughput?.pps ?? 0) * load.ratio : null };
}

/** What a pass lost while the machine took a core away says nothing of its steps: it is taken again, so often at most. */
async function undisturbed(repeatsMax: number, pass: () => Promise<Pass>): Promise<Pass> {
  for (let i = 0; ; i++) {
    const done = await pass();
    if (done.trial.verdict !== 'disturbed' || i >= repeatsMax) return done;
  }
}

/** Some 20 samples a phase, and none so soon after the last that asking would be the load. */
function intervalMsOf(watchMs: number): number {
  return Math.max(25, watchMs / 20);
}

async function passThrough(
  { offer, signal }: MethodInput,
  service: Service,
  pps: number,
  watchMs: number,
): Promise<Pass> {
  const [trial, { steps, samples }] = await meanwhile(
    signal,
    () => offer({ pps, durationMs: phases * watchMs }, 'scaling'),
    (stop) => takeSteps(service, watchMs, stop),
  );
  return { trial, steps, samples };
}

/** By the harness's clock, from when the trial was ordered: some milliseconds before its first packet. */
async function takeSteps(
  service: Service,
  watchMs: number,
  stop: AbortSignal,
): Promise<Pick<Pass, 'steps' | 'samples'>> {
  const start = performance.now();
  const nowNs = () => (performance.now() - start) * 1e6;
  const sampler = new Sampler(service, nowNs, intervalMsOf(watchMs));
  const steps: DoneStep[] = [{ step: 'steady', instances: service.size, atNs: 0, tookNs: 0 }];
  await sampler.during(async (isOver) => {
    for (const [i, { step, change }] of order.entries()) {
      await sleep(Math.max(0, (i + 1) * watchMs - nowNs() / 1e6), undefined, { signal: isOver });
      const atNs = nowNs();
      await change(service, isOver);
      steps.push({ step, instances: service.size, atNs, tookNs: nowNs() - atNs });
    }
    await sleep(Math.max(0, phases * watchMs - nowNs() / 1e6), undefined, { signal: isOver });
  }, stop);
  return { steps, samples: sampler.samples };
}

function figuresOf(
  service: string,
  offeredPps: number,
  intervalMs: number,
  passes: readonly Pass[],
): ScalingFigures {
  const first = passes[0]?.steps ?? [];
  const steps = first.map(({ step, instances }, i): ScalingStep => {
    const of = passes.map((pass) => ({ pass, done: pass.steps[i], next: pass.steps[i + 1] }));
    return {
      step,
      instances,
      atNs: of.map(({ done }) => done?.atNs ?? 0),
      tookNs: of.map(({ done }) => done?.tookNs ?? 0),
      // What packets of another instance overtook leaves a hole, too: no more are lost than the books say.
      lost: of.map(({ pass: { trial }, done, next }) =>
        Math.max(0, Math.min(trial.lost, lostIn(trial.losses, done?.atNs ?? 0, next?.atNs ?? null))),
      ),
    };
  });
  const books = passes.map(({ trial }) => trial.record.books);
  return {
    method: 'scaling',
    source,
    service,
    offeredPps,
    steps,
    intervalNs: intervalMs * 1e6,
    instances: sampled(passes.map(({ samples }) => samples)),
    sent: passes.map(({ trial }) => trial.sent),
    lost: passes.map(({ trial }) => Math.max(0, trial.lost)),
    lostInGaps: passes.map(({ trial }) => trial.lostInGaps),
    duplicates: books.map(({ duplicates }) => duplicates),
    reordered: books.map(({ reordered }) => reordered),
    summary: repeats(steps.filter(({ step }) => step !== 'steady').flatMap(({ tookNs }) => tookNs)),
  };
}
