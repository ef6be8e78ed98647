import { z } from 'zod';
import { methodFigures } from './figures.ts';
import type { HostFacts, Run, TrialRecord } from '../model/run.ts';

/**
 * The shapes of an archive's files, checked whenever one is read: an archive may come from anybody.
 * Unknown fields are allowed and dropped, so that an older reader opens a newer run.
 */

const ownMethods = ['mrr', 'back-to-back', 'frame-loss', 'soak', 'recovery', 'reset', 'scaling'] as const;

const count = z.int().nonnegative();
const rate = z.number().nonnegative();
const text = z.string();

/** A path inside the archive: never absolute, never upwards. */
const insidePath = z
  .string()
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\\\0]+$/, 'must be a path inside the archive');

const cell = z.object({
  dataplane: z.enum(['netvm', 'vhost-user', 'virtio', 'virtio-kernel', 'virtio-tap', 'sriov', 'forwarder']),
  isolation: z.enum(['none', 'process', 'inline', 'microvm', 'vm']),
  trustDomains: count.exactOptional(),
  instances: count.exactOptional(),
  flowEntries: count.exactOptional(),
  scheduling: z.enum(['shared', 'adaptive', 'poll']).exactOptional(),
  nfs: z.array(text),
  frameSizeBytes: z.int().min(64).max(65_536),
  imix: z.object({ genome: text, customSizesBytes: z.record(text, count), meanBytes: rate }).exactOptional(),
  traffic: text.exactOptional(),
  hugePageSizeBytes: count.exactOptional(),
  method: z.enum(['rfc2544', 'tst009', 'csit-ndr', 'csit-pdr', 'quick', 'mlrsearch', ...ownMethods]),
});

export { cell as cellSchema };

const trialVerdict = z.enum(['valid', 'generator-limited', 'disturbed', 'unbalanced', 'nf-died']);

const books = z.object({
  sent: count,
  received: count,
  drops: z.record(text, count),
  // May be negative where the books do not close.
  inFlight: z.int(),
  duplicates: count,
  reordered: count,
  numbered: z.literal(false).exactOptional(),
});

const latency = z.object({
  samples: count,
  min: rate,
  p50: rate,
  p90: rate,
  p99: rate,
  p999: rate,
  max: rate,
  hlog: insidePath,
  verdict: trialVerdict.exactOptional(),
  typicalNs: rate.exactOptional(),
  worstCaseNs: rate.exactOptional(),
  pdvNs: rate.exactOptional(),
  repetitions: z
    .object({
      typicalNs: z.array(rate),
      worstCaseNs: z.array(rate),
      pdvNs: z.array(rate),
      verdicts: z.array(trialVerdict).exactOptional(),
    })
    .exactOptional(),
  tooFew: text.exactOptional(),
});

const cpu = z.object({
  cores: z.array(count),
  busyRatio: rate,
  cyclesPerPacket: rate,
});

const loads = z.object({ intendedPps: rate, offeredPps: rate, receivedPps: rate });

const bothEnds = z.object({ generator: rate, device: rate });

const trust = z.object({
  awayRatio: bothEnds,
  generatorGapsKnown: z.literal(false).exactOptional(),
  stealNs: bothEnds.nullable(),
  sendLateOver10us: count.nullable(),
  sendLateOver1ms: count.nullable(),
  sendLateNsMax: rate,
  embeddedSwitch: z.object({ busyRatio: rate, coreBusyRatio: rate }).exactOptional(),
});

export const trialSchema = z.object({
  cell,
  purpose: z.enum(['ceiling', 'search', 'latency', 'wire-latency', ...ownMethods]),
  intendedPps: rate,
  offeredPps: rate,
  receivedPps: rate,
  durationNs: rate,
  offeredBps: rate.exactOptional(),
  // Below 0 where more came back than was sent: such a trial is not valid, but it is kept.
  lossRatio: z.number().max(1),
  lostInGaps: rate,
  verdict: z.enum([...trialVerdict.options, 'void']),
  reason: text.nullable(),
  books,
  gaps: z.array(z.object({ where: z.enum(['generator', 'device']), startNs: z.number(), durationNs: rate })),
  gapNs: bothEnds,
  latencyNs: latency.nullable(),
  cpu: cpu.nullable(),
  trust: trust.exactOptional(),
}) satisfies z.ZodType<TrialRecord>;

const goal = z.object({
  lossRatio: rate,
  exceedRatio: rate,
  initialTrialDurationMs: rate,
  finalTrialDurationMs: rate,
  durationSumMs: rate,
  widthRatio: rate,
});

const goalFigures = z.object({
  goal,
  isRegular: z.boolean(),
  relevantLowerPps: rate.nullable(),
  relevantUpperPps: rate.nullable(),
  conditionalThroughputPps: rate.nullable(),
  verdict: trialVerdict,
  reason: text.nullable(),
});

export const provenanceSchema = z.enum(['measured', 'measured-virtual', 'emulated', 'modelled', 'published']);
export const cellVerdictSchema = z.enum([...trialVerdict.options, 'failed']);

const cellResult = z.object({
  cell,
  provenance: provenanceSchema,
  verdict: cellVerdictSchema,
  reason: text.nullable(),
  throughput: z.object({ pps: rate, gbps: rate, lowerPps: rate, upperPps: rate.nullable() }).nullable(),
  goals: z.array(goalFigures).exactOptional(),
  figures: methodFigures.exactOptional(),
  latencyNs: z.record(z.string().regex(/^[0-9]{1,3}$/), latency),
  loads: loads.nullable(),
  books: books.nullable(),
  cpu: cpu.nullable(),
  trials: count,
  trialsDisturbed: count,
  // Left out by runs from before it was measured.
  coreRoundTripNs: z.object({ before: rate, after: rate }).nullable().default(null),
  trust: trust.nullable().exactOptional(),
  coreFrequencyHz: z.object({ before: bothEnds, after: bothEnds }).nullable().exactOptional(),
  nfCosts: z
    .array(z.object({ name: text, startMs: rate, startWithinMs: rate, memoryBytes: rate }))
    .exactOptional(),
});

export const runSchema = z.object({
  schema: z.literal('run/1'),
  id: z.string().min(1),
  startedAt: z.iso.datetime({ offset: true }),
  finishedAt: z.iso.datetime({ offset: true }).nullable(),
  status: z.enum(['complete', 'interrupted', 'running']),
  command: text,
  testbed: text,
  device: z.object({ core: count, nfCores: z.array(count) }).exactOptional(),
  profile: z.unknown(),
  source: z.object({ file: text, set: z.array(text), shard: text.nullable() }).exactOptional(),
  resumedAt: z.array(z.iso.datetime({ offset: true })).exactOptional(),
  generator: z
    .object({
      name: text,
      version: text,
      can: z.array(text).exactOptional(),
      ceilingPps: rate,
      ceilingRunsPps: z.array(rate),
      coreRoundTripNs: rate.nullable().default(null),
      txCores: z.array(count).exactOptional(),
      rxCores: z.array(count).exactOptional(),
      wireLatencyNs: z
        .array(z.object({ frameSizeBytes: count, loadPercent: rate, intendedPps: rate, latencyNs: latency }))
        .exactOptional(),
    })
    .nullable(),
  jitter: z.array(z.object({ core: count, durationNs: rate, gaps: count, gapNsTotal: rate, gapNsMax: rate })),
  guest: z
    .object({ accelerator: z.enum(['kvm', 'tcg']), reason: text.nullable(), imageSha256: text })
    .exactOptional(),
  results: z.array(cellResult),
  clock: z
    .object({
      invariant: z.boolean(),
      tscHz: rate,
      programsTscHz: rate.nullable(),
      skewNs: z.number().nullable(),
      skewWithinNs: rate.nullable(),
      faults: z.array(text),
    })
    .nullable()
    .exactOptional(),
  estimatedMs: rate.exactOptional(),
  elapsedMs: rate.nullable().exactOptional(),
}) satisfies z.ZodType<Run>;

export const factsSchema = z.array(
  z.object({
    host: text,
    cpuModel: text,
    cores: count,
    microcode: text.nullable(),
    kernel: text,
    kernelCommandLine: text,
    mitigations: z.record(text, text),
    governor: text.nullable(),
    hypervisor: text.nullable(),
    tscHz: rate.nullable(),
    tscInvariant: z.boolean().exactOptional(),
    hugepages: z.record(text, count),
    memoryBytes: count,
    dpdkVersion: text,
    nodeVersion: text,
    gitCommit: text.nullable(),
    gitDirty: z.boolean().nullable(),
    gitChangesSha256: text.nullable().exactOptional(),
    packageLockSha256: text.nullable(),
  }),
) satisfies z.ZodType<HostFacts[]>;
