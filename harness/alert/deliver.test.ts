import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { act } from './act.ts';
import type { Channel } from './channel.ts';
import { board } from './channels/files.ts';
import { github } from './channels/github.ts';
import { slack } from './channels/slack.ts';
import { webhook } from './channels/webhook.ts';
import { deliver } from './deliver.ts';
import { startGithub } from './github.fixture.ts';
import { conclude } from './life.ts';
import { appendToLog, readLog } from './log.ts';
import { usualPolicy } from './retry.ts';
import { Secret } from './secret.ts';
import { startServer, testClock } from './server.fixture.ts';
import type { Fault, TestServer } from './server.fixture.ts';
import type { Step } from './suspicion.fixture.ts';
import { confirmed, pointOf, seriesOf, suspicionOf } from './suspicion.fixture.ts';

let dir = '';
let file = '';
let server: TestServer;
const clock = testClock();
const limits = { timeoutMs: 200, answerBytesMax: 100_000 };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-deliver-'));
  file = join(dir, 'alerts.jsonl');
  server = await startServer();
});
afterEach(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

async function raise(step: Step): Promise<string> {
  const suspicion = suspicionOf(step);
  const { book } = await appendToLog(
    file,
    (now) => conclude(now, suspicion, confirmed(suspicion)),
    clock.now,
  );
  return [...book.alerts.keys()].at(-1) ?? '';
}

async function people(action: 'ack' | 'expect' | 'fix', id: string, reason = 'because'): Promise<void> {
  await appendToLog(file, (book) => act(book, action, id, 'ann', reason), clock.now);
}

function run(...channels: Channel[]) {
  const { signal } = new AbortController();
  const latest = [
    { series: seriesOf('forward'), point: pointOf(12, 95) },
    { series: seriesOf('dpi'), point: pointOf(12, null) },
    { series: seriesOf('nat'), point: pointOf(12, 12e6) },
  ];
  return deliver({ file, channels, policy: { ...usualPolicy, attemptsMax: 2 }, clock, signal, latest });
}

const hook = (secret: Secret | null = null, name = 'hook') =>
  webhook({ name, url: new Secret(`${server.url}/hook`), secret, limits });

interface Told {
  readonly type: string;
  readonly key: string;
  readonly alert: { readonly id: string };
}
const told = () => server.seen.map(({ body }) => JSON.parse(body) as Told);

describe('telling', () => {
  test('each event once, in order, signed; nothing where there is nothing new', async () => {
    const secret = new Secret('s3cret');
    await run(hook(secret));
    const id = await raise({ at: 10 });
    await people('ack', id);
    expect(await run(hook(secret))).toMatchObject([
      { channel: 'hook', delivered: 2, owed: 0, problem: null },
    ]);
    await run(hook(secret));
    await people('fix', id);
    await run(hook(secret));
    expect(told().map(({ type }) => type)).toEqual(['raised', 'acknowledged', 'fixed']);
    expect(new Set(told().map(({ key }) => key)).size).toBe(3);
    for (const { headers, body } of server.seen) {
      const mac = createHmac('sha256', 's3cret').update(body).digest('hex');
      expect(headers['x-netvm-signature']).toBe(`sha256=${mac}`);
      expect(headers['idempotency-key']).toBe((JSON.parse(body) as Told).key);
    }
  }, 20_000);

  test('a new channel is told of what is open, not of what ever was', async () => {
    await people('fix', await raise({ at: 10 }));
    const open = await raise({ nf: 'dpi', at: 20 });
    await people('ack', open);
    await run(hook());
    expect(told().map(({ type, alert }) => [type, alert.id])).toEqual([['raised', open]]);
  });
});

describe('where it fails', () => {
  test.each<[string, Fault]>([
    ['500', { status: 500 }],
    ['no answer', 'hang'],
    ['a closed connection', 'drop'],
    ['half an answer', 'drop-mid-body'],
  ])('after %s the next start goes on, with the same key', async (_, fault) => {
    await raise({ at: 10 });
    server.faults.push(fault, fault);
    expect(await run(hook())).toMatchObject([{ delivered: 0, owed: 1 }]);
    expect(await run(hook())).toMatchObject([{ delivered: 1, owed: 0 }]);
    expect(new Set(told().map(({ key }) => key)).size).toBe(1);
    expect(server.seen).toHaveLength(3);
    const { book } = await readLog(file);
    expect(book.deliveries.map(({ outcome, attempts }) => [outcome, attempts.length])).toEqual([
      ['failed', 2],
      ['delivered', 1],
    ]);
  });

  test('a kill between sending and logging repeats one at most, with the same key', async () => {
    await run(hook());
    const id = await raise({ at: 10 });
    const before = readFileSync(file);
    await run(hook());
    writeFileSync(file, before);
    await people('ack', id);
    await run(hook());
    expect(told().map(({ type }) => type)).toEqual(['raised', 'raised', 'acknowledged']);
    expect(told()[0]?.key).toBe(told()[1]?.key);
  });

  test('Retry-After holds beyond this start', async () => {
    await raise({ at: 10 });
    server.faults.push({ status: 429, headers: { 'retry-after': '7200' } });
    expect(await run(hook())).toMatchObject([{ delivered: 0, owed: 1, problem: 'answered 429' }]);
    expect(await run(hook())).toMatchObject([{ delivered: 0, owed: 1, problem: null }]);
    expect(server.seen).toHaveLength(1);
    await clock.sleep(7_200_001, new AbortController().signal);
    expect(await run(hook())).toMatchObject([{ delivered: 1, owed: 0 }]);
  });

  test('what is refused is tried once a start, and given up in the end', async () => {
    await raise({ at: 10 });
    server.faults.push(...Array<Fault>(20).fill({ status: 401 }));
    for (let start = 0; start < 10; start++) await run(hook());
    expect(server.seen).toHaveLength(10);
    expect(await run(hook())).toMatchObject([{ delivered: 0, owed: 0, givenUp: 1 }]);
    expect(server.seen).toHaveLength(10);
  }, 20_000);

  test('one channel keeps another from nothing, and no secret gets into the log', async () => {
    await raise({ at: 10 });
    const dead = webhook({ name: 'dead', url: new Secret('http://127.0.0.1:9/t0ken'), secret: null, limits });
    const reports = await run(dead, hook(new Secret('s3cret')));
    expect(reports).toMatchObject([
      { channel: 'dead', delivered: 0, owed: 1 },
      { channel: 'hook', delivered: 1 },
    ]);
    const log = readFileSync(file, 'utf8');
    expect(log).toContain('no connection');
    expect(log).not.toMatch(/t0ken|s3cret/);
  });
});

describe('GitHub', () => {
  const channel = (url: string) =>
    github({
      name: 'gh',
      apiUrl: url,
      repository: 'ann/netvm',
      token: new Secret('t0ken'),
      label: 'perf',
      limits,
    });

  test('one issue an alert: made, kept true, commented, closed', async () => {
    const hub = await startGithub();
    try {
      const id = await raise({ at: 10 });
      await raise({ nf: 'dpi', at: 10 });
      await run(channel(hub.url));
      expect(hub.issues).toMatchObject([{ state: 'open', labels: ['perf'], comments: [] }]);
      expect(hub.issues[0]?.body).toContain(`<!-- netvm-alert ${id} -->`);
      expect(hub.issues[0]?.title).toContain('and 1 more');
      await raise({ nf: 'nat', at: 10 });
      await people('ack', id, 'on it @team');
      await people('fix', id);
      await run(channel(hub.url));
      expect(hub.issues).toHaveLength(1);
      expect(hub.issues[0]?.state).toBe('closed');
      expect(hub.issues[0]?.title).toContain('and 2 more');
      expect(hub.issues[0]?.comments.map((text) => text.split('\n')[1])).toEqual([
        expect.stringMatching(/^Acknowledged on .* by `ann`: `on it @team`$/),
        expect.stringMatching(/^Fixed on /),
      ]);
      expect(hub.seen.every(({ headers }) => headers.authorization === 'Bearer t0ken')).toBe(true);
    } finally {
      await hub.close();
    }
  });

  test.each<Fault>(['drop-after', 'drop-mid-body'])(
    '%s: the issue is there, and no second one is made',
    async (fault) => {
      const hub = await startGithub();
      try {
        await raise({ at: 10 });
        hub.faults.push(null, fault);
        expect(await run(channel(hub.url))).toMatchObject([{ delivered: 1 }]);
        expect(hub.issues).toHaveLength(1);
        expect((await readLog(file)).book.deliveries.at(-1)?.ref).toBe('7');
      } finally {
        await hub.close();
      }
    },
  );
});

test('Slack gets blocks of plain text', async () => {
  await raise({ nf: '<!channel> *x*', at: 10 });
  await run(slack('slack', new Secret(`${server.url}/services/T0/B0/x`), limits));
  const sent = JSON.parse(server.seen[0]?.body ?? '') as {
    text: string;
    blocks: { text: { type: string } }[];
  };
  expect(sent.text).toContain('&lt;!channel&gt; ∗x∗');
  expect(sent.blocks.length).toBeGreaterThan(2);
  expect(sent.blocks.every(({ text }) => text.type === 'plain_text')).toBe(true);
});

test('boards show how things are', async () => {
  const at = (name: string) => join(dir, 'out', name);
  const read = (name: string) => readFileSync(at(name), 'utf8');
  const boards = [
    board('junit', 'j', at('j.xml')),
    board('markdown', 'm', at('m.md')),
    board('metrics', 'p', at('p.prom')),
  ];
  const id = await raise({ at: 10 });
  server.faults.push({ status: 401 });
  await run(...boards, hook());
  expect(read('j.xml')).toContain('tests="3" failures="1" errors="0" skipped="1"');
  expect(read('m.md')).toContain('1 confirmed regression is open');
  expect(read('p.prom')).toContain('netvm_alerts{state="new"} 1');
  expect(read('p.prom')).toContain('netvm_alert_delivery_failures_total{channel="hook"} 1');
  expect(read('p.prom')).toMatch(/netvm_series_value\{testbed="local",.*chain="nat".*unit="pps"\} 12000000/);
  expect(read('p.prom')).not.toMatch(/netvm_series_value\{.*chain="dpi"/);
  await people('fix', id);
  await run(...boards, hook());
  expect(read('j.xml')).toContain('failures="0"');
  expect(read('m.md')).toContain('no confirmed regression is open');
  expect(read('p.prom')).toContain('netvm_alerts{state="fixed"} 1');
});
