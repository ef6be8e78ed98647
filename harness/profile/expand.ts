import { exitCode, UserError } from '../model/errors.ts';
import type { Cell } from '../model/run.ts';
import { describeTraffic } from '../model/traffic.ts';
import { deploymentsOf } from './deployment.ts';
import type { Plan, PlannedCell, ResolvedProfile } from './plan.ts';

/**
 * All cells of a profile. Data planes alternate inside a chain and frame size, so that those that will be compared
 * are measured close together in time: the machine drifts.
 */
export function expand(profile: ResolvedProfile): Plan {
  const cells: Omit<PlannedCell, 'index'>[] = [];
  for (const frameSizeBytes of profile.frameSizesBytes) {
    const common = {
      frameSizeBytes,
      ...kindOf(profile, frameSizeBytes),
      method: profile.method.name,
      measureLatency: profile.latency?.frameSizesBytes.includes(frameSizeBytes) ?? false,
    };
    if (profile.dataplanes.includes('forwarder')) {
      cells.push({ dataplane: 'forwarder', isolation: 'none', nfs: [], ...common });
    }
    for (const nfs of profile.chains) {
      for (const dataplane of profile.dataplanes) {
        const ways = deploymentsOf(profile, dataplane);
        cells.push(...ways.map((way) => ({ dataplane, ...way, nfs, ...common })));
      }
    }
  }
  return { profile, cells: cells.map((cell, index) => ({ index, ...cell })) };
}

/** What a cell's frames are besides their size. */
function kindOf(
  { imixes, traffic }: ResolvedProfile,
  frameSizeBytes: number,
): Pick<Cell, 'imix' | 'traffic'> {
  const imix = imixes?.[String(frameSizeBytes)];
  const words = traffic === undefined ? null : describeTraffic(traffic);
  return { ...(imix !== undefined && { imix }), ...(words !== null && { traffic: words }) };
}

export interface Shard {
  /** From 1 to `of`. */
  readonly number: number;
  readonly of: number;
}

/** Reads `i/n`. */
export function readShard(text: string): Shard {
  const match = /^([1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/.exec(text);
  const shard = { number: Number(match?.[1]), of: Number(match?.[2]) };
  if (match === null || shard.number > shard.of) {
    throw new UserError(
      exitCode.badInput,
      `--shard ${text}: expected i/n with i from 1 to n, for example 1/4`,
    );
  }
  return shard;
}

/**
 * One part of a plan: every n-th chain and frame size, with all of its data planes, since cells that will be compared must be
 * measured one after the other. All parts together are the plan.
 */
export function takeShard(plan: Plan, shard: Shard): Plan {
  const compared = [
    ...Map.groupBy(plan.cells, (cell) => `${cell.frameSizeBytes} ${cell.nfs.join()}`).values(),
  ];
  return { ...plan, cells: compared.filter((_, i) => i % shard.of === shard.number - 1).flat() };
}
