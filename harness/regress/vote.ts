import { methodNames } from './methods.ts';
import type { MethodName } from './methods.ts';

/** A place where methods see a change. */
export interface Candidate {
  /** Index of the first run of the new level. */
  readonly index: number;
  readonly votes: readonly MethodName[];
}

/** Methods that place a change so many runs apart mean the same one. */
const reachRuns = 4;

/** Candidates on which at least `votesMin` methods agree, in the order of the series. */
export function vote(found: Readonly<Record<MethodName, readonly number[]>>, votesMin: number): Candidate[] {
  const ballots = methodNames
    .flatMap((method) => found[method].map((index) => ({ method, index })))
    .toSorted((a, b) => a.index - b.index);
  const candidates: Candidate[] = [];
  for (let i = 0; i < ballots.length;) {
    const group = oneEach(ballots.slice(i));
    // The middle one: of two that disagree the earlier, of three the one that has the others around it.
    const middle = group[(group.length - 1) >> 1];
    if (middle && group.length >= votesMin) {
      candidates.push({
        index: middle.index,
        votes: methodNames.filter((name) => group.some(({ method }) => method === name)),
      });
    }
    i += group.length;
  }
  return candidates;
}

/** The first ballot and those near it, until a method would vote twice. */
function oneEach(ballots: readonly { readonly method: MethodName; readonly index: number }[]) {
  const first = ballots[0]?.index ?? 0;
  const end = ballots.findIndex(
    ({ method, index }, i) =>
      index - first > reachRuns || ballots.slice(0, i).some((other) => other.method === method),
  );
  return end === -1 ? ballots : ballots.slice(0, end);
}
