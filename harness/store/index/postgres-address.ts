import { exitCode, UserError } from '../../model/errors.ts';

/** Where an index is named by an environment variable. */
export const indexVariable = 'NETVM_INDEX';

const expected =
  'expected the address of a PostgreSQL database, such as postgresql://netvm@db.example.org/netvm or postgresql:///netvm?host=/run/postgresql';
const remedy =
  'leave it out of the address, and put it into ~/.pgpass (host:port:database:user:password) or PGPASSWORD';

/**
 * The address of a shared index, as an option or else the environment names it; null where neither does. A password in an option is refused: others see
 * command lines, and runs keep theirs. Throws UserError (2), which does not quote it.
 */
export function indexAddress(
  option: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string | null {
  const address = option ?? env[indexVariable];
  if (address === undefined || (option === undefined && address === '')) return null;
  const from = option === undefined ? indexVariable : '--index';
  if (option !== undefined && hasPassword(address))
    throw new UserError(
      exitCode.badInput,
      `--index: there is a password in it, which others could read: ${remedy}`,
    );
  if (!/^postgres(ql)?:\/\/./.test(address) || parsed(address) === null)
    throw new UserError(exitCode.badInput, `${from}: ${expected}`);
  return address;
}

/** For messages: who, where, which database, and nothing else. */
export function nameOf(address: string): string {
  const url = parsed(address);
  if (url === null) return 'postgresql://';
  const host = url.searchParams.get('host') ?? (url.hostname === emptyHost ? '' : url.hostname);
  const user = url.searchParams.get('user') ?? url.username;
  const port = url.searchParams.get('port') ?? url.port;
  const socket = host.startsWith('/') ? `?host=${host}${port === '' ? '' : `&port=${port}`}` : '';
  const place = socket === '' ? `${host}${port === '' ? '' : `:${port}`}` : '';
  return `postgresql://${user === '' ? '' : `${user}@`}${place}${url.pathname}${socket}`;
}

const emptyHost = 'no-host';

/** Addresses of sockets have a user and no host, which is no URL. */
function parsed(address: string): URL | null {
  const whole = address.replace(/^([a-z]+:\/\/[^/?#]*@)(?=[/?]|$)/, `$1${emptyHost}`);
  return URL.canParse(whole) ? new URL(whole) : null;
}

function hasPassword(address: string): boolean {
  const authority = /^[a-z]+:\/\/([^/?#]*)@/.exec(address)?.[1] ?? '';
  return authority.includes(':') || /[?&](password|pass)=/i.test(address);
}
