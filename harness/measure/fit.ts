import { dataplanes } from '../dataplane/index.ts';
import { exitCode, UserError } from '../model/errors.ts';
import { can, generatorNames } from '../model/generator.ts';
import type { ResolvedProfile } from '../profile/plan.ts';
import { generatorCores } from '../testbed/env.ts';
import type { Testbed } from '../testbed/parse.ts';

/**
 * Throws UserError (exit 2) where a profile asks for what cannot be done on the cores of this testbed: a generator of one core, a
 * capture that one core replays in its order, a data plane with fewer queues, NFs that poll. Before anything starts.
 */
export function requireFit(profile: ResolvedProfile, testbed: Testbed): void {
  const ofGenerator = [...generatorProblems(profile, testbed), ...queueProblems(profile, testbed)];
  const problems = [
    ...ofGenerator.map((problem) => `generator.txCores, generator.rxCores: ${problem}`),
    ...pollProblems(profile, testbed).map((problem) => `device.cores: ${problem}`),
  ];
  if (problems.length === 0) return;
  const where = `testbed ${testbed.name}`;
  throw new UserError(exitCode.badInput, problems.map((problem) => `${where}: ${problem}`).join('\n'));
}

function generatorProblems({ generator, traffic }: ResolvedProfile, testbed: Testbed): string[] {
  const cores = generatorCores(testbed);
  const isOneCore = cores.length === 1 && cores[0] === testbed.generatorCore;
  if (!isOneCore && !can(generator, 'cores')) {
    const others = generatorNames.filter((name) => can(name, 'cores')).join(' or ');
    return [
      `the profile's generator ${generator} sends and receives on one core, the one in generator.cores; leave both lists out, or use ${others}`,
    ];
  }
  const senders = testbed.txCores.length;
  if (traffic?.replay === undefined || traffic.replay === null || senders === 1) return [];
  return [
    `the profile replays a capture (traffic.replay), which one core sends in its order; expected one core in generator.txCores, not ${senders}`,
  ];
}

function queueProblems({ dataplanes: names }: ResolvedProfile, { txCores, rxCores }: Testbed): string[] {
  const apart = names
    .filter((name) => dataplanes[name].onVirtualFunctions && txCores.join() !== rxCores.join())
    .map(
      (name) =>
        `${name} is emulated in the loop that sends and receives, on one core; expected the same in both lists`,
    );
  return [...apart, ...tooManyQueues(names, txCores.length)];
}

function tooManyQueues(names: ResolvedProfile['dataplanes'], senders: number): string[] {
  return names
    .filter((name) => dataplanes[name].queuesMax < senders)
    .map((name) => {
      const { queuesMax } = dataplanes[name];
      const queues = queuesMax === 1 ? 'one queue' : `${queuesMax} queues`;
      return `${senders} cores send, each on a queue of its own, and ${name} can have ${queues}; expected at most ${queuesMax} in generator.txCores`;
    });
}

/** One that polls never gives its core away: not to netvmd, which polls itself, and not to another NF. */
function pollProblems(profile: ResolvedProfile, { nfCores }: Testbed): string[] {
  const { schedulings = [], chains, instances = [1], method } = profile;
  const more = method.name === 'scaling' ? 1 : 0;
  const nfs = Math.max(...chains.map((chain) => chain.length)) * Math.max(...instances) + more;
  const missing = nfs - nfCores.length;
  if (!schedulings.includes('poll') || missing <= 0) return [];
  const there = nfCores.length === 0 ? 'has none' : `has ${nfCores.length}`;
  return [
    `an NF that polls (schedulings: poll) needs a core of its own behind the data plane's; the profile has up to ${nfs} at once and the list ${there}, so ${missing} more must be added; or expected shared or adaptive in schedulings`,
  ];
}
