import type { InputProblem } from '../model/errors.ts';
import { usualPageSizeBytes } from '../model/page-size.ts';
import type { Cell, DataplaneName } from '../model/run.ts';
import type { SourceDocument } from './document.ts';
import type { ResolvedProfile } from './plan.ts';
import { repeated } from './repeated.ts';
import type { ProfileInput } from './schema.ts';

/** How NetVM's NFs run: in processes, of one trust domain or several, or inline; and on which pages. Another data plane knows one way. */
type Deployment = Pick<Cell, 'isolation' | 'trustDomains' | 'hugePageSizeBytes'>;

type Choice = Pick<ResolvedProfile, 'isolations' | 'trustDomains' | 'hugePageSizesBytes'>;

/** The ways in which the profile has a data plane run its chains. None for the forwarder, which has no chain. */
export function deploymentsOf(
  { isolations = ['process'], trustDomains = [1], hugePageSizesBytes = [usualPageSizeBytes] }: Choice,
  dataplane: DataplaneName,
): Deployment[] {
  if (dataplane === 'forwarder') return [];
  if (dataplane !== 'netvm') return [{ isolation: 'process' }];
  const ways = isolations.flatMap((isolation): Deployment[] =>
    isolation === 'inline'
      ? [{ isolation }]
      : trustDomains.map((count) => ({ isolation, ...(count > 1 && { trustDomains: count }) })),
  );
  return ways.flatMap((way) =>
    hugePageSizesBytes.map((size) => ({
      ...way,
      ...(size !== usualPageSizeBytes && { hugePageSizeBytes: size }),
    })),
  );
}

/** What is left out of a resolved profile is as usual, so that profiles from before there was a choice are the same as ever. */
export function resolveDeployment({ isolations, trustDomains }: ProfileInput): Choice {
  return {
    ...(isolations !== undefined && isolations.join() !== 'process' && { isolations }),
    ...(trustDomains !== undefined && trustDomains.join() !== '1' && { trustDomains }),
  };
}

/** What is wrong with keys that are each well formed. */
export function deploymentProblems(source: SourceDocument, input: ProfileInput): InputProblem[] {
  return [...isolationProblems(source, input), ...domainProblems(source, input)];
}

function isolationProblems(source: SourceDocument, input: ProfileInput): InputProblem[] {
  const { isolations = [], dataplanes, method } = input;
  const problems = repeated(source, 'isolations', isolations);
  const place = isolations.indexOf('inline');
  if (place < 0) return problems;
  const problem = (rule: string) => source.problem(['isolations', place], `isolations[${place}]: ${rule}`);
  if (!dataplanes.includes('netvm'))
    problems.push(problem('only netvm runs NFs inline; add it to dataplanes, or leave inline out'));
  if (method.name === 'reset' && method.target === 'nf')
    problems.push(
      problem('an inline NF cannot be killed alone, as method.target nf asks for; leave inline out'),
    );
  return problems;
}

function domainProblems(source: SourceDocument, input: ProfileInput): InputProblem[] {
  const { isolations = ['process'], trustDomains = [], dataplanes, chains } = input;
  const problems = repeated(source, 'trustDomains', trustDomains);
  const shortest = Math.min(...chains.map((chain) => chain.length));
  for (const [index, count] of trustDomains.entries()) {
    if (count === 1) continue;
    const problem = (rule: string) =>
      source.problem(['trustDomains', index], `trustDomains[${index}]: ${rule}`);
    if (!dataplanes.includes('netvm'))
      problems.push(problem('only netvm has trust domains; add it to dataplanes, or leave trustDomains out'));
    if (!isolations.includes('process'))
      problems.push(problem('inline NFs share one memory; add process to isolations'));
    if (count > shortest)
      problems.push(
        problem(
          `a chain of ${shortest} cannot be cut into ${count}; expected at most as many as the shortest of chains has NFs`,
        ),
      );
  }
  return problems;
}
