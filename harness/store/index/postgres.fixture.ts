import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A real server of the tests' own, in a directory of its own; reached by a socket in there and by nothing else. */
export interface TestPostgres {
  /** Of a database, in which `role` is asked for a password if it is `locked`. */
  address(database: string, role?: string): string;
  /** Makes an empty database; returns its address. */
  newDatabase(options?: string): Promise<string>;
  /** Runs statements as the superuser; returns what is selected. */
  sql(database: string, text: string): string;
  stop(): Promise<void>;
}

/** How long a hook may take that starts a server: seconds on a quiet machine. */
export const startMsMax = 60_000;

/** Of the role `locked`. */
export const lockedPassword = 'open-sesame';

const versions = '/usr/lib/postgresql';

export async function startPostgres(): Promise<TestPostgres> {
  const bin = programs();
  const dir = mkdtempSync(join(tmpdir(), 'netvm-postgres-'));
  // It refuses to run as root.
  const user = asUser();
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid ?? user.uid);
  const data = join(dir, 'data');
  const run = (program: string, args: readonly string[]) =>
    execFileSync(join(bin, program), args, { ...user, cwd: dir, encoding: 'utf8', stdio: 'pipe' });
  run('initdb', [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '--locale',
    'C.UTF-8',
    '--no-sync',
  ]);
  const hba = join(data, 'pg_hba.conf');
  writeFileSync(hba, 'local all locked scram-sha-256\nlocal all barred reject\nlocal all all trust\n');
  appendFileSync(
    join(data, 'postgresql.conf'),
    `listen_addresses = ''\nunix_socket_directories = '${dir}'\nfsync = off\nlog_min_messages = fatal\n`,
  );
  const server = serve(join(bin, 'postgres'), data, user);
  const sql = (database: string, text: string) =>
    run('psql', [
      '-h',
      dir,
      '-U',
      'postgres',
      '-v',
      'ON_ERROR_STOP=1',
      '-qAt',
      '-d',
      database,
      '-c',
      text,
    ]).trim();
  const address = (database: string, role = 'postgres') => `postgresql://${role}@/${database}?host=${dir}`;
  let databases = 0;
  const client = new pg.Client({ connectionString: address('postgres') });
  const stop = async () => {
    await client.end().catch(() => {});
    server.stdin?.end();
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await ready(server, () => existsSync(join(dir, '.s.PGSQL.5432')) && sql('postgres', 'SELECT 1') === '1');
    await client.connect();
    sql(
      'postgres',
      `CREATE ROLE locked LOGIN PASSWORD '${lockedPassword}'; CREATE ROLE guest LOGIN; CREATE ROLE barred LOGIN`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    sql,
    stop,
    newDatabase: async (options = '') => {
      const name = `test${++databases}`;
      await client.query(`CREATE DATABASE ${name} ${options}`);
      return address(name);
    },
  };
}

function programs(): string {
  const newest = (existsSync(versions) ? readdirSync(versions) : []).sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined)
    throw new Error(`there is no PostgreSQL in ${versions}: apt-get install postgresql`);
  return join(versions, newest, 'bin');
}

interface AsUser {
  readonly uid?: number;
  readonly gid?: number;
}

function asUser(): AsUser {
  if (userInfo().uid !== 0) return {};
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** It ends with this process, however that ends: the shell waits for its input to be closed. */
function serve(postgres: string, data: string, user: AsUser): ChildProcess {
  const script = '"$0" -D "$1" <&- & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid';
  return spawn('sh', ['-c', script, postgres, data], {
    ...user,
    cwd: data,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

async function ready(server: ChildProcess, isReady: () => boolean): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (server.exitCode !== null) throw new Error('the PostgreSQL server of the tests has ended');
    try {
      if (isReady()) return;
    } catch {
      // Its socket is there before it answers.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the PostgreSQL server of the tests does not answer');
}
