import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from './clock.ts';

/**
 * How a server misbehaves towards one request: by its answer, by none at all (`hang`), by closing the connection (`drop`), in mid-answer too (`drop-mid-body`), or, having
 * done what it was asked to, before it says so (`drop-after`).
 */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'drop'
  | 'drop-mid-body'
  | 'drop-after';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  readonly url: string;
  readonly seen: Seen[];
  /** What goes wrong with the next requests, in their order; then nothing does. */
  readonly faults: (Fault | null)[];
  close(): Promise<void>;
}

export type Answer = (request: Seen) => { readonly status: number; readonly body: string };

/** A real server on loopback. */
export async function startServer(answer: Answer = () => ({ status: 200, body: 'ok' })): Promise<TestServer> {
  const seen: Seen[] = [];
  const faults: (Fault | null)[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      respond(faults.shift() ?? null, () => answer(one), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, faults, close: () => closeAll(server) };
}

function respond(fault: Fault | null, answer: () => ReturnType<Answer>, response: ServerResponse): void {
  if (fault === 'hang') return;
  if (fault === 'drop') return void response.destroy();
  if (fault === 'drop-after' || fault === 'drop-mid-body') {
    const { status, body } = answer();
    if (fault === 'drop-after') return void response.destroy();
    response.writeHead(status, { 'content-length': body.length + 100 });
    response.write(body, () => response.destroy());
    return;
  }
  if (fault !== null) {
    response.writeHead(fault.status, fault.headers).end(fault.body ?? 'no');
    return;
  }
  const { status, body } = answer();
  response.writeHead(status).end(body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function closeAll(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** A clock that sleeping moves on, and nothing else. */
export interface TestClock extends Clock {
  readonly slept: number[];
}

export function testClock(startMs = Date.UTC(2026, 0, 13, 4)): TestClock {
  let nowMs = startMs;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    sleep: (ms) => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    random: () => 0.5,
  };
}
