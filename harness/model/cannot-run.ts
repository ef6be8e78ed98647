/** A test that cannot run on this machine, and what that lacks. */
export interface CannotRun {
  readonly test: string;
  readonly reason: string;
}

/**
 * Environment variable that names the file to which tests write that cannot run here: a `CannotRun` as a line of JSON each. One that is skipped
 * without is a hole.
 */
export const cannotRunVariable = 'NETVM_CANNOT_RUN';

/** Set to 1 where the machine is known to have all that tests ask for: then one that cannot run has failed. */
export const requireAllVariable = 'NETVM_REQUIRE_ALL';
