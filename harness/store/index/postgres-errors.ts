import { exitCode, UserError } from '../../model/errors.ts';
import type { ExitCode } from '../../model/errors.ts';

interface Cause {
  readonly code: ExitCode;
  readonly remedy: string;
}

const { badInput, testbedUnable } = exitCode;
const password: Cause = {
  code: badInput,
  remedy:
    'put the right one into ~/.pgpass (a line host:port:database:user:password, mode 0600) or into PGPASSWORD',
};
const unreachable: Cause = {
  code: testbedUnable,
  remedy: 'check that the server runs, and that host and port of the address are right (pg_isready tells)',
};

/** What PostgreSQL calls it (its error codes), or Node, and what to do then. */
const causes: Readonly<Record<string, Cause>> = {
  '28P01': password,
  '28000': {
    code: badInput,
    remedy: 'name a role that the server lets in from here (createuser; pg_hba.conf says who may)',
  },
  '3D000': { code: badInput, remedy: 'make it (createdb NAME), or name another' },
  '3F000': { code: badInput, remedy: 'name a schema that is there in search_path' },
  '42501': {
    code: badInput,
    remedy: 'let the role own the database (createdb --owner ROLE NAME), or name another role',
  },
  '25006': { code: badInput, remedy: 'give the address of the server that is written to, not of its copy' },
  '53300': { code: testbedUnable, remedy: 'try again when fewer are connected' },
  '57P03': { code: testbedUnable, remedy: 'try again when it has started' },
  '53100': { code: testbedUnable, remedy: 'make room on its disk' },
  '55P03': { code: testbedUnable, remedy: 'another one is writing and does not end: try again later' },
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  ENOENT: unreachable,
  EACCES: unreachable,
};

const lost: Cause = {
  code: testbedUnable,
  remedy: 'nothing is written by halves: start again when the server can be reached',
};

/** One sentence: which database, what it says, what to do. The texts of a server are cut: it may be anybody's. */
export function explained(name: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { code, message } = readable(error);
  const said = message.replaceAll(/\s+/g, ' ').slice(0, 300);
  const { code: exit, remedy } = causes[code] ?? (isWantingPassword(said) ? password : lost);
  return new UserError(exit, `${name} cannot be used as an index (${said}): ${remedy}.`);
}

/** A host of several addresses fails with one error for each. */
function readable(error: unknown): { code: string; message: string } {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  const message = first instanceof Error ? first.message : String(first);
  const code = (first as { readonly code?: unknown } | null)?.code;
  return { code: typeof code === 'string' ? code : '', message };
}

/** The server asks for one, and there is none. */
function isWantingPassword(message: string): boolean {
  return /password must be a (non-empty )?string/.test(message);
}
