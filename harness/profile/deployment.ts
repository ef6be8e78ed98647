import type { InputProblem } from '../model/errors.ts';
import { usualPageSizeBytes } from '../model/page-size.ts';
import type { Cell, DataplaneName } from '../model/run.ts';
import type { SourceDocument } from './document.ts';
import type { ResolvedProfile } from './plan.ts';
import type { ProfileInput } from './schema.ts';

/** How a profile has NetVM's NFs run: NFs in processes or inline, and on which pages. Another data plane knows one way. */
type Deployment = Pick<Cell, 'isolation' | 'hugePageSizeBytes'>;

/** The ways in which the profile has a data plane run its chains. None for the forwarder, which has no chain. */
export function deploymentsOf(
  profile: Pick<ResolvedProfile, 'isolations' | 'hugePageSizesBytes'>,
  dataplane: DataplaneName,
): Deployment[] {
  if (dataplane === 'forwarder') return [];
  if (dataplane !== 'netvm') return [{ isolation: 'process' }];
  const { isolations = ['process'], hugePageSizesBytes = [usualPageSizeBytes] } = profile;
  return isolations.flatMap((isolation) =>
    hugePageSizesBytes.map((size) => ({
      isolation,
      ...(size !== usualPageSizeBytes && { hugePageSizeBytes: size }),
    })),
  );
}

/** What is left out of a resolved profile is as usual, so that profiles from before there was a choice are the same as ever. */
export function resolveDeployment({ isolations }: ProfileInput): Pick<ResolvedProfile, 'isolations'> {
  return isolations === undefined || isolations.join() === 'process' ? {} : { isolations };
}

/** What is wrong with keys that are each well formed. */
export function deploymentProblems(source: SourceDocument, input: ProfileInput): InputProblem[] {
  const { isolations = [], dataplanes, method } = input;
  const problems = isolations.flatMap((isolation, index) =>
    isolations.indexOf(isolation) === index
      ? []
      : [source.problem(['isolations', index], `isolations: "${isolation}" is here twice`)],
  );
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
