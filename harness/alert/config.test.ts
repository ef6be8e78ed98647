import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { parseConfig } from './config.ts';
import { Secret } from './secret.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfig(new TextEncoder().encode(text), join(dir, 'alerts.yaml'), env);

function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof BadInput)
      return error.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
    throw error;
  }
  throw new Error('expected problems');
}

test('every kind of channel', () => {
  const { channels, policy } = parse(
    `schema: alerts/1
attempts: 3
timeout: 5 s
channels:
  - {kind: junit, file: out/alerts.xml}
  - {kind: markdown, file: out/alerts.md}
  - {kind: metrics, file: /var/lib/node_exporter/netvm.prom}
  - {kind: github, repository: ann/netvm, tokenFrom: env TOKEN}
  - {kind: slack, urlFrom: env SLACK}
  - {kind: webhook, url: "https://example.org/hook", secretFrom: env TOKEN}
  - {kind: webhook, name: other, urlFrom: env SLACK}
  - {kind: email, host: mail.example.org, from: a@example.org, to: [b@example.org]}
`,
    { TOKEN: 't0ken', SLACK: 'https://hooks.example.org/T/B/x' },
  );
  expect(channels.map(({ name, kind }) => [name, kind])).toEqual([
    ['junit', 'junit'],
    ['markdown', 'markdown'],
    ['metrics', 'metrics'],
    ['github', 'github'],
    ['slack', 'slack'],
    ['webhook', 'webhook'],
    ['other', 'webhook'],
    ['email', 'email'],
  ]);
  expect(policy.attemptsMax).toBe(3);
});

describe('every problem is said, with its place and the nearest name', () => {
  const one = (channel: string) => `schema: alerts/1\nchannels:\n  - ${channel}\n`;
  test.each([
    [
      'schema: alerts/2\nchannels: []\n',
      [
        '1:9: schema: expected alerts/1, got "alerts/2"; did you mean "alerts/1"?',
        '2:11: channels: expected at least 1 entries, got 0',
      ],
    ],
    [
      one('{kind: slak, urlFrom: env X}'),
      [expect.stringMatching(/^3:12: channels\[0\]\.kind: expected one of .*; did you mean "slack"\?$/)],
    ],
    [
      one('{kind: slack, urlform: env BAD}'),
      [
        expect.stringMatching(
          /^3:19: unknown key "urlform"; did you mean "urlFrom"\? \(valid: kind, name, urlFrom\)$/,
        ),
      ],
    ],
    [one('{kind: junit}'), ['3:5: the key "file" is missing']],
    [one('{kind: github, repository: netvm, tokenFrom: env T}'), ['3:32: repository: expected owner/name']],
    [
      one('{kind: github, repository: a/b, tokenFrom: ghp_abc}'),
      [
        expect.stringMatching(
          /^3:48: tokenFrom: expected "env NAME" or "file \/PATH" \(mode 0600\): secrets are never/,
        ),
      ],
    ],
    [
      one('{kind: github, repository: a/b, tokenFrom: env NONE}'),
      ['3:48: tokenFrom: the environment variable NONE is not set'],
    ],
    [
      one('{kind: webhook, url: "http://example.org/x"}'),
      ['3:26: url: expected an https URL (http only to this machine)'],
    ],
    [
      one('{kind: webhook, url: "https://a:b@example.org/x"}'),
      [expect.stringContaining('secrets are never in this file')],
    ],
    [one('{kind: webhook}'), ['3:5: expected either url or urlFrom']],
    [
      one('{kind: slack, urlFrom: env BAD}'),
      ['3:28: urlFrom: expected a URL such as https://example.org/hook'],
    ],
    [
      one('{kind: email, host: h, from: nobody, to: [a@b.org]}'),
      [expect.stringMatching(/^3:34: from: expected an address/)],
    ],
    [
      one('{kind: email, host: h, from: a@b.org, to: [a@b.org], user: x}'),
      ['3:5: expected both user and passwordFrom, or neither'],
    ],
    [
      one('{kind: email, host: h, security: none, from: a@b.org, to: [a@b.org]}'),
      [expect.stringMatching(/^3:38: security: none is for a server on this machine only/)],
    ],
    [
      'schema: alerts/1\nchannels:\n  - {kind: junit, file: a}\n  - {kind: junit, file: b}\n',
      ['4:5: there are two channels "junit": give one a name of its own'],
    ],
    [
      one('{kind: junit, file: a}') + 'timeout: 5\n',
      [expect.stringMatching(/^4:10: timeout: expected a time with its unit/)],
    ],
  ])('%j', (text, expected) => {
    expect(problemsOf(text, { BAD: 'nonsense' })).toEqual(expected);
  });
});

describe('secrets', () => {
  const withFile = `schema: alerts/1\nchannels:\n  - {kind: slack, urlFrom: "file DIR/secret"}\n`;
  const text = () => withFile.replace('DIR', dir);

  test('a file of mode 0600 is read, and no other', () => {
    const file = join(dir, 'secret');
    expect(problemsOf(text())).toEqual([`3:28: urlFrom: ${file} cannot be read (ENOENT)`]);
    writeFileSync(file, 'https://hooks.example.org/x\n');
    chmodSync(file, 0o640);
    expect(problemsOf(text())).toEqual([
      `3:28: urlFrom: ${file} can be read by others (mode 0640): chmod 600 ${file}`,
    ]);
    chmodSync(file, 0o600);
    expect(parse(text()).channels).toHaveLength(1);
    writeFileSync(file, 'two lines\nof it');
    expect(problemsOf(text())[0]).toMatch(/blanks or characters that are not ASCII/);
  });

  test('do not show where they are printed', () => {
    const secret = new Secret('s3cret');
    expect(
      [String(secret), JSON.stringify({ secret }), inspect(secret), `${secret.toString()}`].join(' '),
    ).not.toContain('s3cret');
  });
});
