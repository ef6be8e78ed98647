/** How long operations tell what they do. Implemented by the CLI (TTY and plain) and by tests. */
export interface Progress {
  /** A step of a known total begins, for example cell 3 of 12; and how long all that is left will take, where that is known. */
  step(done: number, total: number, text: string, remainingMs?: number): void;
  /** A detail of the current step, for example a trial's load and result. */
  detail(text: string): void;
}

export const silent: Progress = { step() {}, detail() {} };
