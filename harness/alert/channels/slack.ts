import type { Messenger } from '../channel.ts';
import { usualTells } from '../channel.ts';
import { send } from '../http.ts';
import type { HttpLimits } from '../http.ts';
import { eventWords, noticeOf } from '../notice.ts';
import type { Notice } from '../notice.ts';
import type { Secret } from '../secret.ts';
import { asPlain, oneLine } from '../words.ts';
import type { Words } from '../words.ts';

/** Of one block, characters: Slack refuses more than 3000. */
const blockMax = 2900;
const rowsMax = 10;

/** Slack's incoming webhooks. The URL is the secret; it answers `ok`, and has no way to drop what it was told before. */
export function slack(name: string, url: Secret, limits: Omit<HttpLimits, 'signal'>): Messenger {
  const post = async (content: object, signal: AbortSignal) => {
    const headers = { 'content-type': 'application/json', 'user-agent': 'netvm' };
    const body = JSON.stringify(content);
    await send({ method: 'POST', url: new URL(url.reveal()), headers, body }, { ...limits, signal });
  };
  return {
    name,
    kind: 'slack',
    tells: usualTells,
    tell: async ({ alert, logged }, signal) => {
      await post(messageOf(eventWords(alert, logged), noticeOf(alert)), signal);
      return null;
    },
    test: async (signal) => {
      await post({ text: 'NetVM: a test of this channel, no alert.' }, signal);
      return 'posted a test';
    },
  };
}

/** Blocks of plain text, in which nothing is markup; the text beside them is for notifications. */
export function messageOf(happened: Words, { title, paragraphs, table }: Notice): object {
  const rows = table.rows.slice(0, rowsMax).map((cells) => `• ${cells.map(asPlain).join(' | ')}`);
  const more = table.rows.length > rowsMax ? [`and ${table.rows.length - rowsMax} more`] : [];
  const texts = [
    asPlain(title),
    asPlain(happened),
    paragraphs.map(asPlain).join('\n'),
    [...rows, ...more].join('\n'),
  ];
  return {
    text: asSlack(title),
    blocks: texts
      .filter((text) => text !== '')
      .map((text) => ({ type: 'section', text: { type: 'plain_text', emoji: false, text: cut(text) } })),
  };
}

function cut(text: string): string {
  return text.length <= blockMax ? text : `${text.slice(0, blockMax).toWellFormed()}…`;
}

/**
 * Slack's mrkdwn: `&`, `<` and `>` are what begins links and mentions (`<!channel>`); in foreign texts the signs of bold, italic, strike and code
 * become look-alikes besides, since Slack has no escape for them.
 */
export function asSlack({ parts }: Words): string {
  return parts.map(({ text, isForeign }) => escape(isForeign ? look(oneLine(text)) : text)).join('');
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

const lookAlikes: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ', '@': '＠' };

function look(text: string): string {
  return text.replace(/[*_~`@]/g, (sign) => lookAlikes[sign] ?? sign);
}
