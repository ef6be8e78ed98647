import { z } from 'zod';
import type { Cell, Provenance, Run } from '../../model/run.ts';
import type { ComparableFacts } from '../fingerprint.ts';

/** What the index reads of a profile, which comes with the archive: parts that are missing or strange count as unknown. */
const profileSchema = z.object({
  lineRateBps: z.number().nullable().catch(null),
  generator: z.string().nullable().catch(null),
  flows: z.number().nullable().catch(null),
  method: z.record(z.string(), z.unknown()).catch({}),
  latency: z
    .object({
      loadsPercent: z.array(z.number()).max(100).catch([]),
      frameSizesBytes: z.array(z.number()).catch([]),
      durationMs: z.number().nullable().catch(null),
      // One where a profile is from before there was a choice.
      repetitions: z.number().catch(1),
      stampEvery: z.number().nullable().catch(null),
    })
    .nullable()
    .catch(null),
});
export interface IndexedProfile extends z.output<typeof profileSchema> {
  /** Of the generator, where it had more than one: `0,2 sent, 0 received`. */
  readonly generatorCores: string | null;
  /** Of the device, where NFs had cores of their own: `1, NFs 2,3`. */
  readonly deviceCores: string | null;
}

export function profileOf({ profile, generator, device }: Run): IndexedProfile {
  const parsed = profileSchema.safeParse(profile);
  const read = parsed.success ? parsed.data : nothing;
  const { txCores, rxCores } = generator ?? {};
  const generatorCores =
    txCores === undefined && rxCores === undefined
      ? null
      : `${txCores?.join(',') ?? '?'} sent, ${rxCores?.join(',') ?? '?'} received`;
  const deviceCores = device === undefined ? null : `${device.core}, NFs ${device.nfCores.join(',')}`;
  // Profiles from before there was a choice do not name it.
  return { ...read, generator: read.generator ?? generator?.name ?? null, generatorCores, deviceCores };
}

const nothing: z.output<typeof profileSchema> = {
  lineRateBps: null,
  generator: null,
  flows: null,
  method: {},
  latency: null,
};

/** Loads at which the profile wanted the cell's latency. */
export function latencyLoads({ latency }: IndexedProfile, { frameSizeBytes }: Cell): readonly number[] {
  return latency?.frameSizesBytes.includes(frameSizeBytes) ? latency.loadsPercent : [];
}

/**
 * What makes two figures of one cell on one machine incomparable all the same. The kind of traffic is the cell's; which cells there are besides changes none of them.
 */
export function settingsOf(
  profile: IndexedProfile,
  provenance: Provenance,
  isLatency: boolean,
): ComparableFacts {
  const { lineRateBps, generator, generatorCores, deviceCores, flows, method, latency } = profile;
  return {
    'wire bit/s': lineRateBps,
    generator,
    // Left out where it was one core, so that those series go on.
    ...(generatorCores !== null && { 'generator cores': generatorCores }),
    ...(deviceCores !== null && { 'device cores': deviceCores }),
    flows,
    provenance,
    ...flat('method', method),
    ...(isLatency && {
      'latency duration ms': latency?.durationMs ?? null,
      'latency repetitions': latency?.repetitions ?? null,
      'latency stamp every': latency?.stampEvery ?? null,
    }),
  };
}

/** Values within lists and objects, by their paths: `method.goals.0.lossRatio`. */
function flat(path: string, value: unknown): ComparableFacts {
  if (typeof value === 'object' && value !== null) {
    return Object.assign(
      {},
      ...Object.entries(value).map(([key, part]) => flat(`${path}.${key}`, part)),
    ) as ComparableFacts;
  }
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return { [path]: isPlain ? value : null };
}
