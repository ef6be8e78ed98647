import type { InputProblem } from '../model/errors.ts';
import { usualPageSizeBytes } from '../model/page-size.ts';
import type { Cell, DataplaneName, Isolation } from '../model/run.ts';
import type { SourceDocument } from './document.ts';
import { chainNfsMax, type ResolvedProfile } from './plan.ts';
import { repeated } from './repeated.ts';
import type { ProfileInput } from './schema.ts';

/**
 * How NetVM's NFs run: apart from it, in processes, microvms or virtual machines (of one trust domain or several, each NF once or in several instances, waiting for
 * packets in this way or that, behind a flow table), or inline; and on which pages. Another data plane knows one way.
 */
type Deployment = Pick<
  Cell,
  'isolation' | 'trustDomains' | 'instances' | 'flowEntries' | 'scheduling' | 'hugePageSizeBytes'
>;

type Choice = Pick<
  ResolvedProfile,
  'isolations' | 'trustDomains' | 'instances' | 'flowEntries' | 'schedulings' | 'hugePageSizesBytes'
>;

/** Data planes whose NFs are behind a virtual machine's network device. */
const inGuests: ReadonlySet<DataplaneName> = new Set(['virtio', 'virtio-kernel', 'virtio-tap'] as const);

/** The ways in which the profile has a data plane run its chains. None for the forwarder, which has no chain. */
export function deploymentsOf(choice: Choice, dataplane: DataplaneName): Deployment[] {
  const { isolations = ['process'], hugePageSizesBytes = [usualPageSizeBytes] } = choice;
  if (dataplane === 'forwarder') return [];
  if (inGuests.has(dataplane)) return [{ isolation: 'vm' }];
  if (dataplane !== 'netvm') return [{ isolation: 'process' }];
  const ways = isolations.flatMap((isolation): Deployment[] =>
    isolation === 'inline' ? [{ isolation }] : apart(isolation, choice),
  );
  return ways.flatMap((way) =>
    hugePageSizesBytes.map((size) => ({
      ...way,
      ...(size !== usualPageSizeBytes && { hugePageSizeBytes: size }),
    })),
  );
}

/** What is as usual is left out of a cell. */
function apart(
  isolation: Isolation,
  { trustDomains = [1], instances = [1], flowEntries = [0], schedulings = ['shared'] }: Choice,
): Deployment[] {
  return trustDomains.flatMap((domains) =>
    instances.flatMap((count) =>
      flowEntries.flatMap((entries) =>
        schedulings.map((scheduling) => ({
          isolation,
          ...(domains > 1 && { trustDomains: domains }),
          ...(count > 1 && { instances: count }),
          ...(entries > 0 && { flowEntries: entries }),
          ...(scheduling !== 'shared' && { scheduling }),
        })),
      ),
    ),
  );
}

/** What is left out of a resolved profile is as usual, so that profiles from before there was a choice are the same as ever. */
export function resolveDeployment(input: ProfileInput): Choice {
  const { isolations, trustDomains, instances, flowEntries, schedulings } = input;
  return {
    ...(isolations !== undefined && isolations.join() !== 'process' && { isolations }),
    ...(trustDomains !== undefined && trustDomains.join() !== '1' && { trustDomains }),
    ...(instances !== undefined && instances.join() !== '1' && { instances }),
    ...(flowEntries !== undefined && flowEntries.join() !== '0' && { flowEntries }),
    ...(schedulings !== undefined && schedulings.join() !== 'shared' && { schedulings }),
  };
}

/** What is wrong with keys that are each well formed. */
export function deploymentProblems(source: SourceDocument, input: ProfileInput): InputProblem[] {
  return [
    ...isolationProblems(source, input),
    ...inlineProblems(source, input),
    ...microvmProblems(source, input),
    ...domainProblems(source, input),
    ...repeated(source, 'instances', input.instances ?? []),
    ...repeated(source, 'flowEntries', input.flowEntries ?? []),
    ...repeated(source, 'schedulings', input.schedulings ?? []),
    ...apartKeys.flatMap((key) => withoutNfsApart(source, input, key)),
    ...tooManyProcesses(source, input),
    ...unknownFlows(source, input),
  ];
}

/** What only NetVM does with NFs. */
const netvmRuns = {
  inline: 'runs NFs inline',
  microvm: 'runs NFs in microvms',
  vm: 'shares its packets with NFs in virtual machines',
} as const satisfies Partial<Record<Isolation, string>>;

function isolationProblems(
  source: SourceDocument,
  { isolations = [], dataplanes }: ProfileInput,
): InputProblem[] {
  const problems = repeated(source, 'isolations', isolations);
  if (dataplanes.includes('netvm')) return problems;
  for (const [index, isolation] of isolations.entries()) {
    if (isolation === 'process') continue;
    const rule = `only netvm ${netvmRuns[isolation]}; add it to dataplanes, or leave ${isolation} out`;
    problems.push(source.problem(['isolations', index], `isolations[${index}]: ${rule}`));
  }
  return problems;
}

function inlineProblems(source: SourceDocument, { isolations = [], method }: ProfileInput): InputProblem[] {
  const place = isolations.indexOf('inline');
  if (place < 0) return [];
  const problems: InputProblem[] = [];
  const problem = (rule: string) => source.problem(['isolations', place], `isolations[${place}]: ${rule}`);
  if (method.name === 'reset' && method.target === 'nf')
    problems.push(
      problem('an inline NF cannot be killed alone, as method.target nf asks for; leave inline out'),
    );
  if (method.name === 'scaling')
    problems.push(problem('an inline NF has one instance, and scaling adds others; leave inline out'));
  return problems;
}

/** NFs that are linked with a library of their own, which a guest without an operating system has no place for. */
const needsLibrary: Readonly<Record<string, string>> = { dpi: 'libhs' };

function microvmProblems(source: SourceDocument, { isolations = [], chains }: ProfileInput): InputProblem[] {
  if (!isolations.includes('microvm')) return [];
  return chains.flatMap((chain, c) =>
    chain.flatMap((nf, n) => {
      const library = needsLibrary[nf];
      if (library === undefined) return [];
      const rule = `${nf} needs the library ${library}, and a microvm has room for none; leave ${nf} out, or microvm out of isolations`;
      return [source.problem(['chains', c, n], `chains[${c}][${n}]: ${rule}`)];
    }),
  );
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
    if (!hasNfsApart(isolations))
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

/** Some are not inline: instances, domains and ways to wait are theirs. */
function hasNfsApart(isolations: readonly Isolation[]): boolean {
  return isolations.some((isolation) => isolation !== 'inline');
}

/** Keys that say something of NFs apart from NetVM, with the value that is as usual, and what only those have. */
const apartKeys = [
  {
    key: 'instances',
    usual: 1,
    has: 'has several instances of an NF',
    inline: 'an inline NF has one instance',
  },
  {
    key: 'flowEntries',
    usual: 0,
    has: 'has a flow table',
    inline: 'inline NFs are measured without flow table',
  },
  {
    key: 'schedulings',
    usual: 'shared',
    has: 'lets NFs wait in several ways',
    inline: 'inline NFs do not wait',
  },
] as const;

function withoutNfsApart(
  source: SourceDocument,
  input: ProfileInput,
  { key, usual, has, inline }: (typeof apartKeys)[number],
): InputProblem[] {
  const { isolations = ['process'], dataplanes } = input;
  const values: readonly (number | string)[] = input[key] ?? [];
  return values.flatMap((value, index) => {
    if (value === usual) return [];
    const problem = (rule: string) => source.problem([key, index], `${key}[${index}]: ${rule}`);
    if (!dataplanes.includes('netvm'))
      return problem(`only netvm ${has}; add it to dataplanes, or leave ${key} out`);
    return hasNfsApart(isolations) ? [] : problem(`${inline}; add process to isolations`);
  });
}

/** Each instance is a process in a slot of its own; scaling starts one more. */
function tooManyProcesses(source: SourceDocument, input: ProfileInput): InputProblem[] {
  const { instances = [1], chains, method } = input;
  const more = method.name === 'scaling' ? 1 : 0;
  const longest = Math.max(...chains.map((chain) => chain.length));
  return instances.flatMap((count, index) => {
    const processes = longest * count + more;
    if (processes <= chainNfsMax) return [];
    const extra = more === 0 ? '' : ', and one more that scaling starts,';
    const most = Math.floor((chainNfsMax - more) / longest);
    const rule = `${count} instances of ${longest} NFs${extra} are ${processes} processes; expected at most ${chainNfsMax}, so at most ${most}`;
    const key = input.instances === undefined ? ['chains'] : ['instances', index];
    const name = input.instances === undefined ? 'chains' : `instances[${index}]`;
    return source.problem(key, `${name}: ${rule}`);
  });
}

/** The table is filled with the flows that the generator makes up, of IPv4; those of a capture are its own. */
function unknownFlows(source: SourceDocument, { flowEntries = [], traffic }: ProfileInput): InputProblem[] {
  const index = flowEntries.findIndex((count) => count > 0);
  if (index < 0) return [];
  const problem = (rule: string) => source.problem(['flowEntries', index], `flowEntries[${index}]: ${rule}`);
  return [
    ...(traffic?.replay === undefined
      ? []
      : [problem('the flows of a capture (traffic.replay) are not known; leave one of the two out')]),
    ...(traffic?.ip === 6
      ? [problem('the flows that fill the table are of IPv4; leave traffic.ip 6 out')]
      : []),
  ];
}
