import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conclude } from '../alert/life.ts';
import { appendToLog } from '../alert/log.ts';
import { startServer } from '../alert/server.fixture.ts';
import type { TestServer } from '../alert/server.fixture.ts';
import { confirmed, suspicionOf } from '../alert/suspicion.fixture.ts';
import { exitCode, UserError } from '../model/errors.ts';
import { alerts } from './alerts.ts';
import type { AlertsCommand } from './alerts.ts';
import { testContext } from './context.fixture.ts';

let dir = '';
let server: TestServer;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-cli-alerts-'));
  server = await startServer();
});
afterEach(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

async function call(action: string, id?: string, command: AlertsCommand = {}) {
  const context = testContext();
  const code = await alerts(context, action, id, { dir, ...command });
  return { code, out: context.printed.join('\n'), said: context.said.join('\n') };
}

async function raise(): Promise<string> {
  const suspicion = suspicionOf({ at: 10, before: 12e6, after: 11e6 });
  const { book } = await appendToLog(join(dir, 'alerts.jsonl'), (now) =>
    conclude(now, suspicion, confirmed(suspicion)),
  );
  return [...book.alerts.keys()][0] ?? '';
}

function config(text: string): string {
  const file = join(dir, 'alerts.yaml');
  writeFileSync(file, `schema: alerts/1\nattempts: 1\nchannels:\n${text}`);
  return file;
}

test('list shows an alert with its cause, and what became of it', async () => {
  expect((await call('list')).out).toBe('no alerts');
  const id = await raise();
  const { out } = await call('list');
  expect(out).toContain(`${id}  new `);
  expect(out).toMatch(/after commit 0009cccccccc, and not after 000acccccccc/);
  expect(out).toContain('12.00 Mpps, 11.00 Mpps, -8.3 %');
  await call('ack', id.slice(0, 5), { by: 'ann', reason: 'on it' });
  const listed = JSON.parse((await call('list', undefined, { json: true })).out) as {
    alerts: { state: string; history: { type: string; text: string }[] }[];
  };
  expect(listed.alerts[0]?.state).toBe('acknowledged');
  expect(listed.alerts[0]?.history[1]).toMatchObject({
    type: 'acknowledged',
    text: expect.stringMatching(/by ann: on it$/) as string,
  });
});

test('expect and fix say what the alert is now; what cannot be is refused (exit 2)', async () => {
  const id = await raise();
  const refused = (action: string, of?: string) =>
    call(action, of).then(
      () => null,
      (error: unknown) => (error instanceof UserError ? [error.code, error.message] : error),
    );
  expect(await refused('expect', id)).toEqual([exitCode.badInput, expect.stringContaining('needs --reason')]);
  expect(await refused('ack')).toEqual([exitCode.badInput, expect.stringContaining('needs an alert')]);
  expect(await refused('akc', id)).toEqual([
    exitCode.badInput,
    expect.stringContaining('did you mean "ack"?'),
  ]);
  expect(await refused('deliver')).toEqual([exitCode.badInput, expect.stringContaining('needs --config')]);
  expect((await call('expect', id, { reason: 'meant so' })).out).toBe(`alert ${id} is expected`);
  expect(await refused('fix', id)).toEqual([exitCode.badInput, expect.stringContaining('is expected')]);
});

test('a torn log is said', async () => {
  await raise();
  appendFileSync(join(dir, 'alerts.jsonl'), '{"torn');
  expect((await call('list')).said).toMatch(/alerts\.jsonl:2: the last line is torn/);
});

test('deliver tells what is pending, and 1 where not everybody could be told', async () => {
  await raise();
  const file = config(`  - {kind: webhook, url: "${server.url}/x"}\n  - {kind: junit, file: out.xml}\n`);
  server.faults.push({ status: 400 });
  const first = await call('deliver', undefined, { config: file });
  expect(first).toMatchObject({
    code: 1,
    out: 'webhook (webhook): 0 told, 1 still to be told: answered 400\njunit (junit): 1 told',
  });
  const second = await call('deliver', undefined, { config: file, json: true });
  expect(second.code).toBe(0);
  expect(JSON.parse(second.out)).toMatchObject({ channels: [{ delivered: 1, owed: 0 }, { delivered: 1 }] });
  expect(readFileSync(join(dir, 'out.xml'), 'utf8')).toContain('failures="1"');
});

test('test tries each channel, whatever the others do', async () => {
  const hook = (name: string, path: string) =>
    `  - {kind: webhook, name: ${name}, url: "${server.url}/${path}"}\n`;
  const file = config(
    `${hook('a', 'x')}${hook('b', 'y')}  - {kind: metrics, file: alerts.yaml/netvm.prom}\n`,
  );
  server.faults.push({ status: 500 });
  const { code, out } = await call('test', undefined, { config: file });
  expect(code).toBe(1);
  expect(out.split('\n')).toEqual([
    'a (webhook): failed: answered 500',
    'b (webhook): posted a test',
    'metrics (metrics): failed: cannot be written (EEXIST)',
  ]);
});
