import type { Socket } from 'node:net';

export interface LuaOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A Lua prompt at the other end of a stream. One chunk at a time. */
export interface LuaSession {
  /** Runs a chunk, and returns what it returns, as text. Rejects with its error, on silence, abort, or when the prompt is gone. */
  run(chunk: string, options: LuaOptions): Promise<string>;
  close(): void;
}

/** The prompt reads lines into a buffer of 8192. */
const lineBytesMax = 8_000;
/** Hostile until parsed, and no answer of ours is long. */
const heardMax = 1 << 16;

/**
 * Speaks to the prompt that Pktgen-DPDK opens with -g. What a chunk prints does not come here, nor does an error: so each is run
 * protected, and its result is written between two marks of its own.
 */
export function luaSession(socket: Socket, explain: () => Promise<Error>): LuaSession {
  let heard = '';
  let onHeard: (() => void) | null = null;
  let gone: Promise<Error> | null = null;
  let last = 0;
  const lost = () => {
    gone ??= explain();
    onHeard?.();
  };
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    heard = (heard + text).slice(-heardMax);
    onHeard?.();
  });
  socket.on('error', lost);
  socket.on('close', lost);
  return {
    async run(chunk, { timeoutMs, signal }) {
      signal?.throwIfAborted();
      if (onHeard !== null) throw new Error('Lua: a chunk is still running');
      const mark = `netvm${++last}`;
      const line = protectedLine(chunk, mark);
      heard = '';
      try {
        const answer = await new Promise<Answer>((resolve, reject) => {
          const timer = setTimeout(() => {
            reject(new Error(`Lua did not answer within ${timeoutMs} ms: ${chunk}`));
          }, timeoutMs);
          const aborted = () => reject(signal?.reason as Error);
          signal?.addEventListener('abort', aborted);
          onHeard = () => {
            const found = readAnswer(heard, mark);
            if (found === null && gone === null) return;
            clearTimeout(timer);
            signal?.removeEventListener('abort', aborted);
            if (found !== null) resolve(found);
            else void gone?.then(reject);
          };
          onHeard();
          socket.write(line);
        });
        if (answer.failed) throw new Error(`Lua: ${answer.text} (in ${chunk})`);
        return answer.text;
      } finally {
        onHeard = null;
      }
    },
    close: () => socket.destroy(),
  };
}

/** One line: the prompt compiles line by line. */
function protectedLine(chunk: string, mark: string): string {
  if (chunk.includes('\n') || chunk.includes(']==]')) throw new Error('Lua: expected a chunk of one line');
  const line =
    `do local f, e = load([==[${chunk}]==]) local ok, r = false, e if f then ok, r = pcall(f) end ` +
    `io.write("<${mark} ", tostring(ok), " ", tostring(r), " ${mark}>") io.flush() end\n`;
  if (Buffer.byteLength(line) > lineBytesMax) throw new Error(`Lua: a chunk of ${line.length} characters`);
  return line;
}

interface Answer {
  readonly failed: boolean;
  readonly text: string;
}

function readAnswer(heard: string, mark: string): Answer | null {
  const match = new RegExp(`<${mark} (true|false) ([\\s\\S]*?) ${mark}>`).exec(heard);
  return match && { failed: match[1] !== 'true', text: match[2] ?? '' };
}
