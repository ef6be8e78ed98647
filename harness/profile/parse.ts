import { BadInput } from '../model/errors.ts';
import type { InputProblem } from '../model/errors.ts';
import type { Wire } from '../model/generator.ts';
import { deploymentProblems, resolveDeployment } from './deployment.ts';
import { repeated } from './repeated.ts';
import { readDocument } from './document.ts';
import type { Override, SourceDocument } from './document.ts';
import { generatorProblems } from './generator.ts';
import type { ResolvedProfile } from './plan.ts';
import { methodProblems, resolveMethod } from './method.ts';
import { brokenRules } from './own-settings.ts';
import { profileSchema } from './schema.ts';
import type { ProfileInput } from './schema.ts';
import { featuresOf, frameSizes, resolveTraffic, trafficProblems } from './traffic.ts';
import { pageSizesBytes } from '../model/page-size.ts';
import { validate } from './validate.ts';

/**
 * Reads a profile: text in, every default filled in, every quantity in its canonical unit.
 * Throws BadInput with every problem at once; `file` is the name used in them. `wire` is that of the testbed it is to run on:
 * not every generator can be on every one. Null where none is named yet.
 */
export function parseProfile(
  bytes: Uint8Array,
  file: string,
  overrides: readonly Override[] = [],
  wire: Wire | null = null,
): ResolvedProfile {
  const source = readDocument(bytes, file, overrides);
  const input = validate(source, profileSchema);
  checkAcross(source, input, wire);
  return resolve(input);
}

/**
 * What no single key can say: repeated entries, latency for a frame size that nothing measures, and a generator that cannot do
 * what the rest asks for.
 */
function checkAcross(source: SourceDocument, input: ProfileInput, wire: Wire | null): void {
  const { generator, lineRate: lineRateBps, flows, latency, method, dataplanes } = input;
  const asksForLatency = latency !== undefined;
  const features = featuresOf(input);
  const demand = { generator, lineRateBps, flows, asksForLatency, method: method.name, features, dataplanes };
  const sizes = frameSizes(input);
  // A genome that is none has no mean to check a rate against.
  const known = { ...input, frameSizesBytes: sizes.filter(Number.isFinite) };
  const problems: InputProblem[] = [
    ...generatorProblems(source, demand, wire),
    ...repeated(source, 'dataplanes', input.dataplanes),
    ...repeated(
      source,
      'chains',
      input.chains.map((chain) => chain.join(' ')),
    ),
    ...repeated(source, 'frameSizesBytes', sizes),
    ...deploymentProblems(source, input),
    ...repeated(source, 'hugePageSizes', input.hugePageSizes ?? []),
    ...pagesOfNothing(source, input),
    ...trafficProblems(source, input),
    ...methodProblems(source, input.method),
    ...(known.frameSizesBytes.length === 0 ? [] : brokenRules(known)).map(({ path, message, key }) =>
      source.problem(path, message, key),
    ),
  ];
  input.latency?.frameSizesBytes?.forEach((size, index) => {
    if (sizes.includes(size)) return;
    const message = `${size} is not among the profile's frameSizesBytes (${sizes.join(', ')})`;
    problems.push(source.problem(['latency', 'frameSizesBytes', index], message));
  });
  if (problems.length > 0) throw new BadInput(problems);
}

function pagesOfNothing(source: SourceDocument, input: ProfileInput): InputProblem[] {
  if (input.hugePageSizes === undefined || input.dataplanes.includes('netvm')) return [];
  const message = `hugePageSizes: only netvm has a region, and dataplanes are ${input.dataplanes.join(', ')}`;
  return [source.problem(['hugePageSizes'], message)];
}

function resolve(input: ProfileInput): ResolvedProfile {
  const { lineRate, method, latency, generatorCeiling, ...others } = input;
  const {
    frameSizesBytes: _,
    traffic: __,
    isolations: ___,
    trustDomains: ____,
    instances: _____,
    flowEntries: ______,
    schedulings: _______,
    hugePageSizes,
    ...same
  } = others;
  const traffic = resolveTraffic(input);
  return {
    ...same,
    ...traffic,
    ...resolveDeployment(input),
    ...(hugePageSizes && { hugePageSizesBytes: hugePageSizes.map((name) => pageSizesBytes[name]) }),
    lineRateBps: lineRate,
    method: resolveMethod(method),
    latency:
      latency === undefined
        ? null
        : {
            loadsPercent: latency.loads.map((load) => Number((load * 100).toPrecision(12))),
            durationMs: latency.duration,
            repetitions: latency.repetitions,
            stampEvery: latency.stampEvery,
            frameSizesBytes: latency.frameSizesBytes ?? traffic.frameSizesBytes,
          },
    generatorCeiling: { runs: generatorCeiling.runs, durationMs: generatorCeiling.duration },
  };
}
