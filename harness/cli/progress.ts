import type { Progress } from '../model/progress.ts';

export interface CliProgress extends Progress {
  /** Ends the updating line, so that other output starts on a line of its own. */
  finish(): void;
}

export interface ProgressOutput {
  readonly isTty: boolean;
  columns(): number;
  write(text: string): void;
  nowMs(): number;
}

/** Details outside a terminal come at most this often: a log is read by people, too. */
const plainDetailEveryMs = 5000;

/** One updating line on a terminal; elsewhere a line a step, and a detail now and then. */
export function createProgress(output: ProgressOutput): CliProgress {
  const startMs = output.nowMs();
  let head = '';
  let firstStepMs = startMs;
  let lastPlainMs = startMs;
  let isLineOpen = false;

  const update = (text: string) => {
    const line = text.slice(0, Math.max(20, output.columns() - 1));
    output.write(`\r\x1b[2K${line}`);
    isLineOpen = true;
  };
  return {
    step(done, total, text, expectedMs) {
      const nowMs = output.nowMs();
      if (done === 0) firstStepMs = nowMs;
      head = `[${done}/${total}] ${text} (${times(nowMs - startMs, expectedMs ?? remaining(done, total, nowMs - firstStepMs))})`;
      lastPlainMs = nowMs;
      if (output.isTty) update(head);
      else output.write(`netvm: ${head}\n`);
    },
    detail(text) {
      const nowMs = output.nowMs();
      if (output.isTty) update(head === '' ? text : `${head}: ${text}`);
      else if (nowMs - lastPlainMs >= plainDetailEveryMs) {
        lastPlainMs = nowMs;
        output.write(`netvm:   ${text}\n`);
      }
    },
    finish() {
      if (isLineOpen) output.write('\r\x1b[2K');
      isLineOpen = false;
    },
  };
}

/** What is left if the rest takes as long a step as what was done so far; null before the first is done. */
function remaining(done: number, total: number, elapsedMs: number): number | null {
  return done === 0 ? null : (elapsedMs / done) * (total - done);
}

function times(elapsedMs: number, remainingMs: number | null): string {
  const left = remainingMs === null ? '' : `, about ${clock(remainingMs)} to go`;
  return `${clock(elapsedMs)}${left}`;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
