import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startPostgres, lockedPassword } from './postgres.fixture.ts';
import { indexAddress, openSharedIndex } from './index.ts';
import { nameOf } from './postgres-address.ts';

describe('the address of an index', () => {
  test('is the option, else NETVM_INDEX, else there is none', () => {
    const env = { NETVM_INDEX: 'postgresql://b/b' };
    expect(indexAddress('postgresql://a/a', env)).toBe('postgresql://a/a');
    expect(indexAddress(undefined, env)).toBe('postgresql://b/b');
    expect(indexAddress(undefined, { NETVM_INDEX: '' })).toBeNull();
    expect(indexAddress(undefined, {})).toBeNull();
  });

  test.each(['postgresql://me:secret@host/db', 'postgres://host/db?user=me&password=secret'])(
    'an option with a password is refused, and not quoted: %s',
    (address) => {
      const refused = () => indexAddress(address, {});
      expect(refused).toThrow(
        /^--index: there is a password in it, .*: leave it out of the address, and put it into ~\/\.pgpass/,
      );
      expect(refused).not.toThrow(/secret/);
    },
  );

  test.each(['', 'index.sqlite', 'mysql://host/db', 'postgresql://', 'postgresql://h:port/db'])(
    'what is none is refused: %j',
    (address) => {
      expect(() => indexAddress(address, {})).toThrow(/^--index: .*(expected the address|password)/);
    },
  );

  test.each([
    [
      'postgresql://me:secret@db.example.org:5433/netvm?sslmode=require',
      'postgresql://me@db.example.org:5433/netvm',
    ],
    [
      'postgresql://me@/netvm?host=/run/postgresql&port=5433',
      'postgresql://me@/netvm?host=/run/postgresql&port=5433',
    ],
    ['postgresql:///netvm?host=/tmp/x&password=secret', 'postgresql:///netvm?host=/tmp/x'],
    ['postgresql://host/db?user=me', 'postgresql://me@host/db'],
  ])('is named without its password: %s', (address, name) => {
    expect(nameOf(address)).toBe(name);
  });
});

test('a password is asked for where the server wants one, and never shown', async () => {
  const server = await startPostgres();
  const dir = await mkdtemp(join(tmpdir(), 'netvm-pgpass-'));
  const before = process.env['PGPASSWORD'];
  try {
    const address = server.address('postgres', 'locked');
    delete process.env['PGPASSWORD'];
    await expect(openSharedIndex(address)).rejects.toMatchObject({ code: 2 });
    await expect(openSharedIndex(address)).rejects.toThrow(
      /: put the right one into ~\/\.pgpass .* or into PGPASSWORD/,
    );
    process.env['PGPASSWORD'] = 'wrong-secret';
    const wrong = await openSharedIndex(address).catch((error: unknown) => error as Error);
    expect(wrong).toMatchObject({ code: 2, message: expect.stringContaining('authentication failed') });
    expect((wrong as Error).message).not.toContain('wrong-secret');
    process.env['PGPASSWORD'] = lockedPassword;
    server.sql('postgres', 'GRANT CREATE ON SCHEMA public TO locked');
    await (await openSharedIndex(address)).close();
    delete process.env['PGPASSWORD'];
    process.env['PGPASSFILE'] = join(dir, 'pgpass');
    await writeFile(join(dir, 'pgpass'), `*:*:*:locked:${lockedPassword}\n`, { mode: 0o600 });
    await (await openSharedIndex(address)).close();
  } finally {
    delete process.env['PGPASSFILE'];
    await rm(dir, { recursive: true });
    if (before === undefined) delete process.env['PGPASSWORD'];
    else process.env['PGPASSWORD'] = before;
    await server.stop();
  }
});
