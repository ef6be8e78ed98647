import { DeliveryFailure, networkFailure } from './failure.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpLimits {
  /** For all of a request: connection, headers and body, ms. */
  readonly timeoutMs: number;
  /** Longer answers are cut off, and fail. */
  readonly answerBytesMax: number;
  readonly signal: AbortSignal;
}

const redirectsMax = 3;

/**
 * Sends a request and reads the whole answer. Throws DeliveryFailure for everything but a status of 200 to 299: passing where the connection failed or took too long, and for
 * 408, 429 and 500 to 599. Redirects are followed with the same method and body, and only to the same origin: what is in them is for no one else.
 */
export async function send(request: HttpRequest, limits: HttpLimits): Promise<string> {
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)]);
  try {
    let { url } = request;
    for (let redirects = 0; ; redirects++) {
      const answer = await fetchOnce({ ...request, url }, signal);
      const target = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
      if (target === null) return await readAnswer(answer, limits.answerBytesMax);
      await answer.body?.cancel();
      url = followed(url, target, answer.status, redirects);
    }
  } catch (error) {
    limits.signal.throwIfAborted();
    throw networkFailure(error);
  }
}

function fetchOnce({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<Response> {
  return fetch(url, { method, headers, signal, redirect: 'manual', ...(body === undefined ? {} : { body }) });
}

function followed(from: URL, target: string, status: number, redirects: number): URL {
  const refused = (why: string) => new DeliveryFailure(`answered ${status}, a redirect ${why}`, false);
  if (status === 303) throw refused('to a page instead of an answer');
  if (!URL.canParse(target, from)) throw refused('to nowhere');
  const url = new URL(target, from);
  if (url.origin !== from.origin)
    throw refused('to another host, which is not followed: give the address that is meant');
  if (redirects >= redirectsMax) throw refused(`after ${redirectsMax} others`);
  return url;
}

async function readAnswer(answer: Response, bytesMax: number): Promise<string> {
  if (answer.ok) return await readText(answer, bytesMax);
  // What it says may hold anything; the status is enough.
  await answer.body?.cancel();
  const isPassing = answer.status === 408 || answer.status === 429 || answer.status >= 500;
  throw new DeliveryFailure(
    `answered ${answer.status}`,
    isPassing,
    retryAfterMs(answer.headers.get('retry-after')),
  );
}

async function readText(answer: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new DeliveryFailure(`answered more than ${bytesMax} bytes`, false);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** RFC 9110, section 10.2.3: seconds, or a date. Null for anything else. */
export function retryAfterMs(header: string | null, nowMs = Date.now()): number | null {
  if (header === null) return null;
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1000;
  // The parser takes a great deal for a date.
  const date = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
