/** One change to a host. `undo` works from the journalled state alone, and again after it was done. */
export interface Step {
  readonly name: string;
  /** True where the host already is as wanted: nothing is applied, and nothing undone. */
  check(): boolean;
  /** What undo will need to know; written to the journal before `apply`. */
  prepare(): unknown;
  apply(state: unknown): Promise<void>;
  undo(state: unknown): Promise<void>;
}
