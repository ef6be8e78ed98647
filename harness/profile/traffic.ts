import type { InputProblem } from '../model/errors.ts';
import { expandGenome, meanOf, type Imix } from '../model/imix.ts';
import {
  describeLeast,
  leastFrameBytes,
  plainTraffic,
  trafficFeatures,
  type Traffic,
  type TrafficFeature,
} from '../model/traffic.ts';
import type { SourceDocument } from './document.ts';
import type { ResolvedProfile } from './plan.ts';
import type { ProfileInput } from './schema.ts';

type Problem = (path: readonly PropertyKey[], rule: string) => InputProblem;

/** The profile's `traffic` and frame sizes, written out. */
export function resolveTraffic(
  input: ProfileInput,
): Pick<ResolvedProfile, 'frameSizesBytes' | 'imixes' | 'traffic'> {
  const imixes = Object.fromEntries(
    input.frameSizesBytes.flatMap((entry) => {
      const imix = typeof entry === 'number' ? null : imixOf(entry);
      return imix === null ? [] : [[String(Math.ceil(imix.meanBytes)), imix]];
    }),
  );
  return {
    frameSizesBytes: frameSizes(input),
    ...(Object.keys(imixes).length > 0 && { imixes }),
    ...(input.traffic !== undefined && { traffic: trafficOf(input) }),
  };
}

/** Each entry of `frameSizesBytes` as a number: of an IMIX the mean, rounded up; NaN where its genome is none. */
export function frameSizes({ frameSizesBytes }: Pick<ProfileInput, 'frameSizesBytes'>): number[] {
  return frameSizesBytes.map((entry) =>
    typeof entry === 'number' ? entry : Math.ceil(imixOf(entry)?.meanBytes ?? Number.NaN),
  );
}

/** What the profile's packets need of a generator. */
export function featuresOf(input: ProfileInput): readonly TrafficFeature[] {
  const imix = input.frameSizesBytes.some((entry) => typeof entry !== 'number');
  return trafficFeatures({ traffic: trafficOf(input), ...(imix && { imixSizesBytes: [] }) });
}

function imixOf({
  imix: genome,
  customSizes,
}: {
  imix: string;
  customSizes: Record<string, number>;
}): Imix | null {
  const expanded = expandGenome(genome, customSizes);
  if ('fault' in expanded) return null;
  return { genome, customSizesBytes: customSizes, meanBytes: meanOf(expanded.sizesBytes) };
}

function trafficOf({ traffic }: ProfileInput): Traffic {
  if (traffic === undefined) return plainTraffic;
  return { ...traffic, replay: traffic.replay ?? null };
}

/** What is wrong with traffic whose keys are all well formed: sizes without room, and things that do not go together. */
export function trafficProblems(source: SourceDocument, input: ProfileInput): InputProblem[] {
  const problem: Problem = (path, rule) => source.problem(path, `${nameOf(path)}: ${rule}`);
  const traffic = trafficOf(input);
  return [
    ...sizeProblems(problem, input, traffic),
    ...arrivalProblems(problem, input, traffic),
    ...replayProblems(problem, input, traffic),
  ];
}

function sizeProblems(problem: Problem, { frameSizesBytes }: ProfileInput, traffic: Traffic): InputProblem[] {
  const least = traffic.replay === null ? leastFrameBytes(traffic) : 64;
  const rule = (size: number) =>
    `expected at least ${least} bytes with this traffic (${describeLeast(traffic)}), got ${size}`;
  return frameSizesBytes.flatMap((entry, i) => {
    if (typeof entry === 'number') return entry < least ? [problem(['frameSizesBytes', i], rule(entry))] : [];
    const at = ['frameSizesBytes', i, 'imix'];
    const expanded = expandGenome(entry.imix, entry.customSizes);
    if ('fault' in expanded) return [problem(at, expanded.fault)];
    const small = expanded.sizesBytes.find((size) => size < least);
    return small === undefined ? [] : [problem(at, `${rule(small)}; capital letters have sizes of your own`)];
  });
}

function arrivalProblems(problem: Problem, input: ProfileInput, traffic: Traffic): InputProblem[] {
  const { arrival, flowModel, replay } = traffic;
  const problems: InputProblem[] = [];
  if (arrival !== 'constant' && input.lineRate === 0)
    problems.push(
      problem(['traffic', 'arrival'], 'on an unpaced wire packets leave when there is room; give a lineRate'),
    );
  if (arrival !== 'constant' && replay?.rate === 'recorded')
    problems.push(
      problem(['traffic', 'arrival'], 'the recorded times say when packets arrive; replay at rate: load'),
    );
  if (arrival !== 'constant' && input.method.name === 'back-to-back')
    problems.push(problem(['traffic', 'arrival'], 'back-to-back sends bursts of its own; leave arrival out'));
  if (typeof flowModel === 'object' && 'zipf' in flowModel && input.flows < 2)
    problems.push(
      problem(
        ['traffic', 'flowModel'],
        'one flow has no others to be more popular than; expected flows of 2 or more',
      ),
    );
  return problems;
}

function replayProblems(
  problem: Problem,
  input: ProfileInput,
  { ip, vlan, flowModel, replay }: Traffic,
): InputProblem[] {
  if (replay === null) return [];
  const problems: InputProblem[] = [];
  const asRecorded = 'the frames of a capture are sent as they were recorded; leave it out';
  if (ip !== 4) problems.push(problem(['traffic', 'ip'], asRecorded));
  if (vlan.length > 0) problems.push(problem(['traffic', 'vlan'], asRecorded));
  if (flowModel !== 'cycle') problems.push(problem(['traffic', 'flowModel'], asRecorded));
  if (input.frameSizesBytes.length !== 1 || typeof input.frameSizesBytes[0] !== 'number')
    problems.push(
      problem(
        ['frameSizesBytes'],
        "a capture has sizes of its own; expected one number, its frames' mean size",
      ),
    );
  if (replay.rate === 'load') return problems;
  const recorded = "at recorded times the load is the file's, and no other can be offered";
  if (input.method.name !== 'mrr')
    problems.push(problem(['method', 'name'], `${recorded}; expected mrr, or rate: load`));
  if (input.latency !== undefined)
    problems.push(problem(['latency'], `${recorded}; leave latency out, or replay at rate: load`));
  return problems;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1);
}
