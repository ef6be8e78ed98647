import { z } from 'zod';
import type { LifeType, Messenger, Telling } from '../channel.ts';
import { usualTells } from '../channel.ts';
import { DeliveryFailure } from '../failure.ts';
import { send } from '../http.ts';
import type { HttpLimits } from '../http.ts';
import { asMarkdown, noticeMarkdown } from '../markdown.ts';
import { eventWords, noticeOf } from '../notice.ts';
import type { Secret } from '../secret.ts';
import { asPlain, oneLine } from '../words.ts';

export interface GithubOptions {
  readonly name: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** owner/name. */
  readonly repository: string;
  readonly token: Secret;
  /** The issues of this channel have it; those are looked through for an alert's. */
  readonly label: string;
  readonly limits: Omit<HttpLimits, 'signal'>;
}

const issueSchema = z.object({ number: z.int().positive(), body: z.string().nullable() });
const commentSchema = z.object({ body: z.string().nullable() });

/** What an issue becomes when an alert does. */
const stateOf: Partial<Record<LifeType, object>> = {
  fixed: { state: 'closed', state_reason: 'completed' },
  expected: { state: 'closed', state_reason: 'not_planned' },
  reopened: { state: 'open' },
};

/**
 * One issue an alert that says how it is now, a comment for each change of its life, closed where it is fixed or expected. Issue and comments carry the key of what they tell in an HTML comment
 * and are looked for before they are made: GitHub has no other way to drop what it was told before.
 */
export function github(options: GithubOptions): Messenger {
  const issues = `/repos/${options.repository}/issues`;
  return {
    name: options.name,
    kind: 'github',
    tells: [...usualTells, 'joined'],
    tell: async (telling, signal) => {
      const api = client(options, signal);
      const { alert, logged, key } = telling;
      const marker = `<!-- netvm-alert ${alert.id} -->`;
      const known = telling.ref ?? (await findIssue(api, issues, options.label, marker));
      const content = contentOf(telling, marker);
      const { type } = logged.event;
      if (known === null) {
        // Nobody was told that it began, so nobody need be told that it is over.
        if (type === 'fixed' || type === 'expected') return null;
        const { number } = await api('POST', issues, issueSchema, { ...content, labels: [options.label] });
        return String(number);
      }
      // What changes in the issue itself tells nobody; a comment does.
      if (type !== 'raised' && type !== 'joined') {
        await comment(api, `${issues}/${known}/comments`, telling, `<!-- netvm-event ${key} -->`);
      }
      await api('PATCH', `${issues}/${known}`, issueSchema, { ...content, ...stateOf[type as LifeType] });
      return known;
    },
    test: async (signal) => {
      const seen = z.object({
        has_issues: z.boolean(),
        permissions: z.object({ push: z.boolean() }).optional(),
      });
      const found = await client(options, signal)('GET', `/repos/${options.repository}`, seen);
      if (!found.has_issues)
        throw new DeliveryFailure(
          `${options.repository} has no issues: switch them on in its settings`,
          false,
        );
      return `reached ${options.repository}; no issue was made`;
    },
  };
}

type Api = <T>(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  schema: z.ZodType<T>,
  body?: object,
) => Promise<T>;

function client({ apiUrl, token, limits }: GithubOptions, signal: AbortSignal): Api {
  return async (method, path, schema, body) => {
    const headers = {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'netvm',
      authorization: `Bearer ${token.reveal()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const url = new URL(`${apiUrl}${path}`);
    const answer = await send(
      { method, url, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
      { ...limits, signal },
    );
    const parsed = schema.safeParse(parseJson(answer));
    if (parsed.success) return parsed.data;
    throw new DeliveryFailure('answered what GitHub would not: is the base URL right?', false);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of the label's 100 youngest. */
async function findIssue(api: Api, issues: string, label: string, marker: string): Promise<string | null> {
  const query = `?state=all&per_page=100&labels=${encodeURIComponent(label)}`;
  const found = await api('GET', `${issues}${query}`, z.array(issueSchema));
  const issue = found.find(({ body }) => body?.includes(marker) ?? false);
  return issue === undefined ? null : String(issue.number);
}

/** An issue says how its alert is now. */
function contentOf({ alert }: Telling, marker: string): { title: string; body: string } {
  const notice = noticeOf(alert);
  // A title is no Markdown but for code, and mentions nobody.
  const title = oneLine(asPlain(notice.title), 200);
  return { title, body: `${marker}\n${noticeMarkdown(notice)}\n${footer(alert.id)}\n` };
}

function footer(id: string): string {
  return `Alert ${id}. \`./netvm alerts ack|expect|fix ${id} --reason TEXT\` says what becomes of it.`;
}

async function comment(
  api: Api,
  comments: string,
  { alert, logged }: Telling,
  marker: string,
): Promise<void> {
  const since = encodeURIComponent(new Date(Date.parse(logged.time)).toISOString());
  const found = await api('GET', `${comments}?per_page=100&since=${since}`, z.array(commentSchema));
  if (found.some(({ body }) => body?.includes(marker) ?? false)) return;
  const body = `${marker}\n${asMarkdown(eventWords(alert, logged))}`;
  await api('POST', comments, commentSchema, { body });
}
