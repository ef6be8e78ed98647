import { createTransport } from 'nodemailer';
import type { Messenger } from '../channel.ts';
import { usualTells } from '../channel.ts';
import { DeliveryFailure, networkFailure } from '../failure.ts';
import { noticeHtml, noticePlain } from '../mail-html.ts';
import { eventWords, noticeOf } from '../notice.ts';
import type { Secret } from '../secret.ts';
import { asPlain, oneLine } from '../words.ts';

export interface EmailOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte; `starttls`, which a server that cannot is refused for; `none` for one on this machine. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: Secret } | null;
  readonly from: string;
  readonly to: readonly string[];
  readonly timeoutMs: number;
}

interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** A mail program shows a message of an id once. */
  readonly id: string;
  /** Of the alert: programs show its mails as one thread. */
  readonly thread: string;
}

export function email(options: EmailOptions): Messenger {
  return {
    name: options.name,
    kind: 'email',
    tells: usualTells,
    tell: async ({ alert, logged, key }, signal) => {
      const notice = noticeOf(alert);
      const told = { ...notice, paragraphs: [eventWords(alert, logged), ...notice.paragraphs] };
      const subject = oneLine(`[netvm ${alert.id}] ${logged.event.type}: ${asPlain(notice.title)}`, 200);
      await post(
        options,
        { subject, text: noticePlain(told), html: noticeHtml(told), id: key, thread: alert.id },
        signal,
      );
      return null;
    },
    test: async (signal) => {
      const text = 'A test of this channel: no alert.';
      await post(
        options,
        { subject: '[netvm] test', text, html: text, id: `test-${Date.now()}`, thread: 'test' },
        signal,
      );
      return `sent a mail to ${options.to.join(', ')}`;
    },
  };
}

async function post(options: EmailOptions, mail: Mail, signal: AbortSignal): Promise<void> {
  const { host, port, security, login, from, to, timeoutMs } = options;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password.reveal() } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // Nothing in a mail may make it read files or fetch pages.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.replace(/^.*@/, '').replace(/[^A-Za-z0-9.-]/g, '') || 'netvm.invalid';
  const stop = () => transport.close();
  signal.addEventListener('abort', stop);
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      messageId: `<${mail.id}@${domain}>`,
      references: `<${mail.thread}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw mailFailure(error);
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

/** RFC 5321, section 4.2.1: 4yz may pass, 5yz will not. Its words are not repeated: they may hold the password's. */
function mailFailure(error: unknown): DeliveryFailure {
  const status = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : Number.NaN;
  if (status >= 400 && status < 600) return new DeliveryFailure(`SMTP answered ${status}`, status < 500);
  return networkFailure(error);
}
