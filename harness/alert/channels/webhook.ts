import { createHmac } from 'node:crypto';
import type { Messenger, Telling } from '../channel.ts';
import { usualTells } from '../channel.ts';
import { send } from '../http.ts';
import type { HttpLimits } from '../http.ts';
import { noticeOf } from '../notice.ts';
import { causeOn } from '../cause.ts';
import { testbedsOf } from '../notice.ts';
import { asPlain } from '../words.ts';
import type { Secret } from '../secret.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly url: Secret;
  /** Signs the body where there is one. */
  readonly secret: Secret | null;
  readonly limits: Omit<HttpLimits, 'signal'>;
}

/**
 * Posts JSON. With a secret, `X-NetVM-Signature: sha256=<HMAC-SHA256 of the body, hexadecimal>` says who sent it; `Idempotency-Key` is the same for
 * the same event, so a receiver can drop what it has seen.
 */
export function webhook({ name, url, secret, limits }: WebhookOptions): Messenger {
  const post = async (content: object, key: string, signal: AbortSignal) => {
    const body = JSON.stringify({ schema: 'alert-hook/1', key, ...content });
    const signature = secret === null ? {} : { 'x-netvm-signature': `sha256=${sign(body, secret)}` };
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'netvm',
      'idempotency-key': key,
      ...signature,
    };
    await send({ method: 'POST', url: new URL(url.reveal()), headers, body }, { ...limits, signal });
  };
  return {
    name,
    kind: 'webhook',
    tells: [...usualTells, 'joined'],
    tell: async (telling, signal) => {
      await post(contentOf(telling), telling.key, signal);
      return null;
    },
    test: async (signal) => {
      await post({ type: 'test', text: 'A test of this channel: no alert.' }, 'test', signal);
      return 'posted a test';
    },
  };
}

function sign(body: string, secret: Secret): string {
  return createHmac('sha256', secret.reveal()).update(body).digest('hex');
}

function contentOf({ alert, logged }: Telling): object {
  const { id, state, raisedAt, tracked } = alert;
  return {
    type: logged.event.type,
    time: logged.time,
    by: 'by' in logged.event ? logged.event.by : null,
    reason: 'reason' in logged.event ? logged.event.reason : null,
    title: asPlain(noticeOf(alert).title),
    alert: {
      id,
      state,
      raisedAt,
      causes: testbedsOf(alert).map((testbed) => ({ testbed, ...causeOn(alert, testbed) })),
      findings: tracked.map(({ finding, status }) => ({ status, ...finding })),
    },
  };
}
