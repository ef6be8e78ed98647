import { appendFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import { death, stop, type Program, type ProgramOptions } from './program.ts';
import { spawnInTerminal, type ExitStatus, type SpawnOptions } from './spawn.ts';

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A program that is spoken to as a person would: in a terminal, line by line. One question at a time. */
export interface TerminalProgram extends Program {
  /** Types a line. */
  type(line: string): void;
  /** What it says until `end`, without escape sequences. Rejects when it dies, is silent for too long, or on abort. */
  hear(end: string, options: AskOptions): Promise<string>;
}

/** More than any program has to say at once; one that goes on without end is cut, not kept. */
const heardMax = 1 << 20;
/** A program that exits has its last words still in the terminal. */
const lastWordsMs = 200;

/** Starts a program in a terminal of its own. All that it says is read at once and kept in its log. */
export function startInTerminal(
  options: ProgramOptions & Pick<SpawnOptions, 'ownNetwork' | 'env'>,
): TerminalProgram {
  const { name, runDir } = options;
  const logFile = join(runDir, `${name}.log`);
  const { child, fd } = spawnInTerminal(options);
  const screen = new Screen(fd, logFile);
  const gone = child.exited.then(async (status) => {
    await screen.closed(lastWordsMs);
    return status;
  });
  const died = (status: ExitStatus) => death(name, status, logFile);
  return {
    name,
    child,
    death: died,
    type: (line) => void writeSync(fd, `${line}\n`),
    async hear(end, { timeoutMs, signal }) {
      signal?.throwIfAborted();
      if (child.status !== null) throw died(await gone);
      return new Promise<string>((resolve, reject) => {
        const settle = (done: () => void) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', aborted);
          screen.onText = null;
          done();
        };
        const timer = setTimeout(() => {
          settle(() =>
            reject(new Error(`${name} did not say ${JSON.stringify(end)} within ${timeoutMs} ms`)),
          );
        }, timeoutMs);
        const aborted = () => settle(() => reject(signal?.reason as Error));
        signal?.addEventListener('abort', aborted);
        screen.onText = () => {
          const text = screen.take(end);
          if (text !== null) settle(() => resolve(text));
        };
        void gone.then((status) => settle(() => reject(died(status))));
        screen.onText();
      });
    },
    stop: () => stop(child, () => screen.close()),
  };
}

/** What came out of a terminal and has not been asked for yet. */
class Screen {
  onText: (() => void) | null = null;
  #heard = '';
  readonly #stream: ReadStream;
  readonly #ended: Promise<void>;

  constructor(fd: number, logFile: string) {
    this.#stream = new ReadStream(fd);
    this.#stream.setEncoding('utf8');
    this.#ended = new Promise((resolve) => {
      // A terminal whose other end is closed gives EIO, which is its end of file.
      this.#stream.on('error', () => resolve());
      this.#stream.on('close', () => resolve());
    });
    this.#stream.on('data', (chunk: string) => {
      const text = withoutEscapes(chunk);
      appendFileSync(logFile, text, { mode: 0o600 });
      this.#heard = (this.#heard + text).slice(-heardMax);
      this.onText?.();
    });
  }

  /** Up to `end`, which is taken too; null where it has not come. */
  take(end: string): string | null {
    const at = this.#heard.indexOf(end);
    if (at < 0) return null;
    const text = this.#heard.slice(0, at);
    this.#heard = this.#heard.slice(at + end.length);
    return text;
  }

  async closed(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** Colours, cursor movements and carriage returns say nothing to a program. One cut in two between chunks stays, as rubbish. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|\u001b[78c]|\r|\0/g, '');
}
