import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { plainLines } from '../report/markup.ts';
import { defaultRunRoot } from '../testbed/local.ts';
import { watchPrograms } from '../top/sample.ts';
import { topView } from '../top/view.ts';
import type { Context } from './context.ts';
import { wholeOption } from './options.ts';

export interface TopOptions {
  readonly interval: string;
  readonly count?: string;
  readonly json?: true;
}

const clearScreen = '\x1b[H\x1b[2J';

/** Shows what the programs of all runs do, again and again until it is interrupted; exit 0. With `--json` once, as one document. */
export async function top(context: Context, options: TopOptions): Promise<ExitCode> {
  const intervalMs = wholeOption('interval', options.interval, 100, 60_000);
  const looks = options.count === undefined ? null : wholeOption('count', options.count, 1, 1_000_000);
  if (process.getuid?.() !== 0) {
    throw new UserError(exitCode.testbedUnable, 'counters of a run are for root alone: sudo ./netvm top');
  }
  const watch = watchPrograms(defaultRunRoot);
  const isLive = process.stdout.isTTY && options.json === undefined;
  try {
    for (let i = 0; i < (looks ?? (options.json ? 1 : Number.POSITIVE_INFINITY)); i++) {
      await sleep(intervalMs, undefined, { signal: context.signal });
      const sample = await watch.sample();
      if (options.json) context.print(JSON.stringify(sample));
      else context.print(`${isLive ? clearScreen : ''}${plainLines(topView(sample))}`);
    }
  } catch (error) {
    // Leaving it is how it ends.
    if (!context.signal.aborted) throw error;
  } finally {
    watch.close();
  }
  return exitCode.done;
}
