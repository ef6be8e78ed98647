import { createConnection, type Socket } from 'node:net';
import { z } from 'zod';

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A program's control socket: JSON-RPC 2.0, one object a line. */
export interface Control {
  /** The result as it came: hostile until parsed. Rejects on an error answer, a timeout, an abort, a program's death. */
  call(method: string, params: object, options: CallOptions): Promise<unknown>;
  close(): void;
}

/** Codes of refusals, of every program. */
export const controlErrorCode = {
  parseError: -32700,
  invalidRequest: -32600,
  noMethod: -32601,
  invalidParams: -32602,
  /** Anything else: it is stopping, or there is no room. */
  failed: -32000,
} as const;

/** What a program answers instead of a result. */
export const controlErrorSchema = z.object({
  code: z.literal(Object.values(controlErrorCode)),
  message: z.string().describe('Begins with the field, where one is at fault'),
  data: z.object({ field: z.string().describe('hops[1].slot') }).optional(),
});
type Refusal = z.output<typeof controlErrorSchema>;

/** The program answered that it cannot. */
export class ControlError extends Error {
  readonly method: string;
  readonly code: Refusal['code'];
  /** What is wrong of the parameters, or null where it is none of them. */
  readonly field: string | null;
  constructor(name: string, method: string, { code, message, data }: Refusal) {
    super(`${name}: ${method}: ${message}`);
    this.name = 'ControlError';
    this.method = method;
    this.code = code;
    this.field = data?.field ?? null;
  }
}

interface Pending {
  readonly method: string;
  settle(result: { readonly value: unknown } | { readonly error: Error }): void;
}

const lineBytesMax = 1 << 20;

/**
 * Connects. `name` is the program's, for sentences; `explain` tells why the other side went away, and may take its time to
 * find out.
 */
export async function connectControl(
  path: string,
  name: string,
  explain: () => Promise<Error>,
): Promise<Control> {
  const socket = await connect(path);
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let gone: Promise<Error> | null = null;

  const fail = () => {
    gone ??= explain();
    void gone.then((error) => {
      for (const call of pending.values()) call.settle({ error });
    });
  };
  readLines(
    socket,
    (line) => answer(pending, name, line),
    () => socket.destroy(),
  );
  socket.on('error', fail);
  socket.on('close', fail);

  return {
    async call(method, params, { timeoutMs, signal }) {
      signal?.throwIfAborted();
      if (gone !== null) throw await gone;
      const id = ++lastId;
      return new Promise<unknown>((resolve, reject) => {
        const abort = () => settle({ error: reasonOf(signal) });
        const timer = setTimeout(() => {
          settle({ error: new Error(`${name} did not answer ${method} within ${timeoutMs} ms`) });
        }, timeoutMs);
        const settle: Pending['settle'] = (result) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          pending.delete(id);
          if ('error' in result) reject(result.error);
          else resolve(result.value);
        };
        signal?.addEventListener('abort', abort);
        pending.set(id, { method, settle });
        socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      });
    },
    close: () => socket.destroy(),
  };
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function readLines(socket: Socket, take: (line: string) => void, tooLong: () => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
    if (rest.length > lineBytesMax) tooLong();
  });
}

/** An answer that nobody waits for any more (its call timed out) is left alone. */
function answer(pending: Map<number, Pending>, name: string, line: string): void {
  const reply = parse(line);
  const call = reply && typeof reply.id === 'number' ? pending.get(reply.id) : undefined;
  if (!reply || !call) return;
  if (reply.error === undefined) call.settle({ value: reply.result });
  else call.settle({ error: new ControlError(name, call.method, refusalOf(reply.error)) });
}

function parse(line: string): { id?: unknown; result?: unknown; error?: unknown } | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function refusalOf(error: unknown): Refusal {
  const { data, success } = controlErrorSchema.safeParse(error);
  return success
    ? data
    : { code: controlErrorCode.failed, message: `${JSON.stringify(error)}, which is no error` };
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}
