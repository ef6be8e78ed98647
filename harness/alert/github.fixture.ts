import { startServer } from './server.fixture.ts';
import type { Answer, TestServer } from './server.fixture.ts';

export interface FakeIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly comments: string[];
  state: string;
}

/** As much of GitHub's REST API as issues need, on a real server. */
export async function startGithub(): Promise<TestServer & { readonly issues: FakeIssue[] }> {
  const issues: FakeIssue[] = [];
  const json = (status: number, data: unknown) => ({ status, body: JSON.stringify(data) });
  const answer: Answer = ({ method, path, body }) => {
    const url = new URL(path, 'http://x');
    const sent = (body === '' ? {} : JSON.parse(body)) as Partial<FakeIssue>;
    if (url.pathname === '/repos/ann/netvm') return json(200, { has_issues: true });
    const [, number, comments] =
      /^\/repos\/ann\/netvm\/issues(?:\/([0-9]+)(\/comments)?)?$/.exec(url.pathname) ?? [];
    if (number === undefined && url.pathname !== '/repos/ann/netvm/issues')
      return json(404, { message: 'Not Found' });
    if (number === undefined && method === 'GET') {
      return json(
        200,
        issues.filter(({ labels }) => labels.includes(url.searchParams.get('labels') ?? '')),
      );
    }
    if (number === undefined) {
      const issue = {
        number: issues.length + 7,
        title: '',
        body: '',
        labels: [],
        ...sent,
        comments: [],
        state: 'open',
      };
      issues.push(issue);
      return json(201, issue);
    }
    const issue = issues.find((one) => one.number === Number(number));
    if (issue === undefined) return json(404, { message: 'Not Found' });
    if (comments !== undefined && method === 'GET')
      return json(
        200,
        issue.comments.map((text) => ({ body: text })),
      );
    if (comments !== undefined) {
      issue.comments.push(sent.body ?? '');
      return json(201, { body: sent.body });
    }
    Object.assign(issue, sent);
    return json(200, issue);
  };
  return { ...(await startServer(answer)), issues };
}
