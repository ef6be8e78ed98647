import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeliveryFailure } from './failure.ts';
import { retryAfterMs, send } from './http.ts';
import { startServer, testClock } from './server.fixture.ts';
import type { Fault, TestServer } from './server.fixture.ts';
import { tryOften, usualPolicy } from './retry.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const never = new AbortController().signal;
const limits = { timeoutMs: 200, answerBytesMax: 1000, signal: never };
const post = (path = '/hook', more: object = {}) =>
  send(
    { method: 'POST', url: new URL(path, server.url), headers: {}, body: 'hello' },
    { ...limits, ...more },
  );

async function failureOf(promise: Promise<unknown>): Promise<DeliveryFailure> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof DeliveryFailure) return error;
  throw new Error(`expected a DeliveryFailure, got ${String(error)}`);
}

describe('one attempt', () => {
  test.each<[Fault, string, boolean]>([
    [{ status: 500 }, 'answered 500', true],
    [{ status: 503 }, 'answered 503', true],
    [{ status: 429 }, 'answered 429', true],
    [{ status: 408 }, 'answered 408', true],
    [{ status: 400 }, 'answered 400', false],
    [{ status: 401 }, 'answered 401', false],
    [{ status: 404 }, 'answered 404', false],
    ['hang', 'no answer in time', true],
    ['drop', 'no connection: UND_ERR_SOCKET', true],
    ['drop-mid-body', 'no connection: UND_ERR_SOCKET', true],
  ])('%j is a failure: %s', async (fault, message, isPassing) => {
    server.faults.push(fault);
    expect(await failureOf(post())).toMatchObject({ message, isPassing });
  });

  test('a longer answer than is read is one', async () => {
    server.faults.push({ status: 200, body: 'x'.repeat(2000) });
    const expected = { message: 'answered more than 1000 bytes', isPassing: false };
    expect(await failureOf(post())).toMatchObject(expected);
  });

  test('nobody there is a failure that may pass', async () => {
    await server.close();
    expect(await failureOf(post())).toMatchObject({
      message: 'no connection: ECONNREFUSED',
      isPassing: true,
    });
    server = await startServer();
  });

  test('a redirect is followed on the same host, with the same body', async () => {
    server.faults.push({ status: 307, headers: { location: '/moved' } });
    expect(await post()).toBe('ok');
    expect(server.seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/hook', 'hello'],
      ['POST', '/moved', 'hello'],
    ]);
  });

  test('and not to another, nor for ever, nor to a page', async () => {
    const other = await startServer();
    try {
      server.faults.push({ status: 302, headers: { location: `${other.url}/stolen` } });
      expect((await failureOf(post())).message).toMatch(/another host/);
      expect(other.seen).toEqual([]);
    } finally {
      await other.close();
    }
    server.faults.push(...Array<Fault>(5).fill({ status: 308, headers: { location: '/again' } }));
    expect((await failureOf(post())).message).toMatch(/after 3 others/);
    server.faults.length = 0;
    server.faults.push({ status: 303, headers: { location: '/page' } });
    expect((await failureOf(post())).message).toMatch(/to a page/);
  });

  test('one that is told to stop stops', async () => {
    const controller = new AbortController();
    server.faults.push('hang');
    const posting = post('/hook', { timeoutMs: 60_000, signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(posting).rejects.toThrow('interrupted');
  });
});

describe('several attempts', () => {
  const often = (clock = testClock(), policy = usualPolicy) =>
    tryOften(async () => await post().then(() => null), policy, clock, never);

  test('go on after what may pass, with longer and longer pauses', async () => {
    server.faults.push({ status: 500 }, 'drop', 'hang', { status: 503 });
    const clock = testClock();
    const outcome = await often(clock);
    expect(outcome.outcome).toBe('delivered');
    expect(outcome.attempts.map(({ result }) => result)).toEqual([
      'answered 500',
      'no connection: UND_ERR_SOCKET',
      'no answer in time',
      'answered 503',
      'delivered',
    ]);
    expect(clock.slept).toEqual([750, 1500, 3000, 6000]);
  });

  test('end where they are allowed no more, and say so', async () => {
    server.faults.push(...Array<Fault>(9).fill({ status: 500 }));
    const outcome = await often();
    expect(outcome).toMatchObject({ outcome: 'failed', notBefore: null });
    expect(server.seen).toHaveLength(5);
  });

  test('end at once where it is refused', async () => {
    server.faults.push({ status: 403 });
    expect(await often()).toMatchObject({ outcome: 'refused' });
    expect(server.seen).toHaveLength(1);
  });

  test('wait as long as they are asked to, or leave it to the next start', async () => {
    server.faults.push({ status: 429, headers: { 'retry-after': '90' } });
    const clock = testClock();
    expect(await often(clock)).toMatchObject({ outcome: 'delivered' });
    expect(clock.slept).toEqual([90_000]);

    server.faults.push({ status: 503, headers: { 'retry-after': '3600' } });
    const later = testClock(Date.UTC(2026, 0, 13, 4));
    expect(await often(later)).toMatchObject({ outcome: 'failed', notBefore: '2026-01-13T05:00:00.000Z' });
    expect(later.slept).toEqual([]);
  });

  test('a pause is half by chance, and never too long', async () => {
    server.faults.push(...Array<Fault>(9).fill({ status: 500 }));
    for (const [random, first, last] of [
      [0, 500, 15_000],
      [1, 1000, 30_000],
    ] as const) {
      const clock = { ...testClock(), random: () => random };
      server.faults.push(...Array<Fault>(9).fill({ status: 500 }));
      await often(clock, { ...usualPolicy, attemptsMax: 8 });
      expect([clock.slept[0], clock.slept.at(-1)]).toEqual([first, last]);
    }
  });

  test('Retry-After is seconds or a date, and nothing else', () => {
    const now = Date.UTC(2026, 0, 13, 4);
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Tue, 13 Jan 2026 04:00:30 GMT', now)).toBe(30_000);
    expect(retryAfterMs('Tue, 13 Jan 2026 03:00:30 GMT', now)).toBe(0);
    for (const nonsense of [null, '', '-5', 'soon', '1e9']) expect(retryAfterMs(nonsense, now)).toBeNull();
  });
});
