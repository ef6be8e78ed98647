import type { ComparedRun, RunComparison } from '../../model/comparison.ts';
import type { HostFacts, Run } from '../../model/run.ts';
import { differencesOf } from '../../store/fingerprint.ts';
import { profileDifferences } from '../profile-differences.ts';
import type { RunData } from '../repeats.ts';
import { compare, confidenceUsual } from './compare.ts';

/** A run that is compared, and what it was measured on. */
export interface RunToCompare extends RunData {
  /** As it was named. */
  readonly name: string;
  readonly facts: readonly HostFacts[];
  readonly problems: readonly string[];
}

/** The parts of a profile that figures depend on; cells are paired whatever the rest says. */
const settings = ['lineRateBps', 'generator', 'flows', 'method', 'traffic', 'latency'] as const;
/** Of each kind; a profile comes with its archive, and may differ in everything. */
const changesMax = 40;

/** Compares two sets of runs, and says what else differs between them. Each side has a run at least. */
export function comparisonOf(
  a: readonly RunToCompare[],
  b: readonly RunToCompare[],
  confidence: number = confidenceUsual,
): RunComparison {
  return {
    schema: 'compare/1',
    a: a.map(comparedRun),
    b: b.map(comparedRun),
    changed: changesOf(a, b),
    ...compare(a, b, confidence),
  };
}

function comparedRun({ name, run, facts: [host], problems }: RunToCompare): ComparedRun {
  const { id, startedAt, testbed, command, generator } = run;
  return {
    name,
    id,
    startedAt,
    testbed,
    commit: commitOf(host),
    isDirty: host?.gitDirty === true,
    command,
    ceilingPps: generator?.ceilingPps ?? null,
    problems,
  };
}

/** Each run against the first of A: what differs within a side differs between the figures, too. */
function changesOf(a: readonly RunToCompare[], b: readonly RunToCompare[]): RunComparison['changed'] {
  const [first, ...others] = [...a, ...b];
  if (first === undefined) throw new RangeError('there is nothing to compare');
  const changes = (of: (other: RunToCompare) => readonly string[]) =>
    [...new Set(others.flatMap(of))].slice(0, changesMax);
  return {
    commit: changes(({ facts: [host] }) => {
      const [before, after] = [commitText(first.facts[0]), commitText(host)];
      return before === after ? [] : [`${before} -> ${after}`];
    }),
    machine: changes(({ run, facts }) => [
      ...testbedChange(first.run, run),
      ...hostChanges(first.facts, facts),
    ]),
    settings: changes(({ run }) => profileDifferences(first.run, run, settings)),
  };
}

function testbedChange(a: Run, b: Run): string[] {
  return a.testbed === b.testbed ? [] : [`testbed ${a.testbed} -> ${b.testbed}`];
}

function hostChanges(a: readonly HostFacts[], b: readonly HostFacts[]): string[] {
  if (a.length > 0 && b.length > 0) return differencesOf(a, b);
  return a.length === b.length
    ? ['not known: neither has facts']
    : ['not known: facts.json of a side is missing or not sound'];
}

function commitText(host: HostFacts | undefined): string {
  const commit = commitOf(host);
  return `${commit === null ? 'unknown' : commit.slice(0, 12)}${host?.gitDirty === true ? ' with changes' : ''}`;
}

/** Others put it into command lines and links. */
function commitOf(host: HostFacts | undefined): string | null {
  return /^[0-9a-f]{7,64}$/.exec(host?.gitCommit ?? '')?.[0] ?? null;
}
