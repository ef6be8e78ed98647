import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyBook } from './book.ts';
import type { Telling } from './channel.ts';
import { email } from './channels/email.ts';
import type { EmailOptions } from './channels/email.ts';
import { conclude } from './life.ts';
import { Secret } from './secret.ts';
import { after, confirmed, suspicionOf } from './suspicion.fixture.ts';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly text: string;
}

let server: SMTPServer;
let received: Received[] = [];
/** What the server says to the next mails, instead of taking them; 0 says nothing at all. */
let refusals: number[] = [];
let port = 0;

beforeEach(async () => {
  received = [];
  refusals = [];
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _, done) {
      if (password === 's3cret') done(null, { user: username ?? '' });
      else done(Object.assign(new Error('no'), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        const code = refusals.shift();
        if (code === 0) return;
        if (code !== undefined) return done(Object.assign(new Error(`no: s3cret`), { responseCode: code }));
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        received.push({ from, to: rcptTo.map(({ address }) => address), user: session.user, text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.server.address() as AddressInfo).port;
});
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

const never = new AbortController().signal;
const options = (more: Partial<EmailOptions> = {}): EmailOptions => ({
  name: 'mail',
  host: '127.0.0.1',
  port,
  security: 'none',
  login: null,
  from: 'netvm@example.org',
  to: ['perf@example.org', 'ann@example.org'],
  timeoutMs: 300,
  ...more,
});

function tellingOf(nf: string): Telling {
  const suspicion = suspicionOf({ nf, at: 10 });
  const book = after(emptyBook, conclude(emptyBook, suspicion, confirmed(suspicion)), 12);
  const [alert] = book.alerts.values();
  const logged = alert?.history[0];
  if (alert === undefined || logged === undefined) throw new Error('expected an alert');
  return { alert, logged, key: 'key-1', ref: null };
}

test('a mail says what happened, to everybody, with an id that is the same each time', async () => {
  await email(options()).tell(tellingOf('forward'), never);
  await email(options({ login: { user: 'bot', password: new Secret('s3cret') } })).tell(
    tellingOf('forward'),
    never,
  );
  expect(received.map(({ from, to, user }) => ({ from, to, user }))).toEqual([
    { from: 'netvm@example.org', to: ['perf@example.org', 'ann@example.org'], user: undefined },
    { from: 'netvm@example.org', to: ['perf@example.org', 'ann@example.org'], user: 'bot' },
  ]);
  for (const { text } of received) {
    expect(text).toContain('Message-ID: <key-1@example.org>');
    expect(text).toMatch(/^Subject: .*Regression.*-5\.0/m);
    expect(text).toContain('reruns confirmed the change');
  }
});

test('names cannot add headers, recipients or markup', async () => {
  const nf = '<script>x</script>\r\nBcc: eve@example.org\r\n\r\n';
  await email(options()).tell(tellingOf(nf), never);
  const [mail] = received;
  expect(mail?.to).toEqual(['perf@example.org', 'ann@example.org']);
  const [head] = mail?.text.split('\r\n\r\n') ?? [];
  expect(head).not.toMatch(/^Bcc:/m);
  expect(mail?.text).not.toContain('<code><script>');
});

describe('what goes wrong', () => {
  test.each([
    [451, 'SMTP answered 451', true],
    [550, 'SMTP answered 550', false],
  ])('%i to a mail: %s', async (code, message, isPassing) => {
    refusals = [code];
    const telling = email(options()).tell(tellingOf('forward'), never);
    await expect(telling).rejects.toMatchObject({ message, isPassing });
  });

  test('a wrong password is refused, and not repeated in the error', async () => {
    const login = { user: 'bot', password: new Secret('wr0ng') };
    const telling = email(options({ login })).tell(tellingOf('forward'), never);
    await expect(telling).rejects.toMatchObject({ message: 'SMTP answered 535', isPassing: false });
  });

  test('a server that says nothing may answer later', async () => {
    refusals = [0];
    const telling = email(options()).tell(tellingOf('forward'), never);
    await expect(telling).rejects.toMatchObject({ message: 'no connection: ETIMEDOUT', isPassing: true });
  });

  test('one that cannot encrypt is told nothing where it has to', async () => {
    const login = { user: 'bot', password: new Secret('s3cret') };
    const telling = email(options({ security: 'starttls', login })).tell(tellingOf('forward'), never);
    await expect(telling).rejects.toMatchObject({ isPassing: false });
    expect(received).toEqual([]);
  });

  test('nobody there', async () => {
    const telling = email(options({ port: 9 })).tell(tellingOf('forward'), never);
    await expect(telling).rejects.toMatchObject({ message: 'no connection: ESOCKET', isPassing: true });
  });
});
