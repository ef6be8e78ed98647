import { lstatSync, readFileSync } from 'node:fs';

/** A text that must not get into logs, messages or errors: only `reveal` gives it away. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

const bytesMax = 4096;

/**
 * Reads `env NAME` or `file PATH`. A file has to be its reader's own, and readable by nobody else (mode 0600 or less). Returns a sentence where it is
 * not there or not safe.
 */
export function readSecret(
  from: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly secret: Secret } | { readonly fault: string } {
  const [, how, where = ''] = /^(env|file) +(.+)$/.exec(from) ?? [];
  if (how === undefined) return { fault: 'expected "env NAME" or "file PATH"' };
  const found = how === 'env' ? ofEnv(where, env) : ofFile(where);
  if (found instanceof Secret) return { secret: found };
  return { fault: found };
}

function ofEnv(name: string, env: Readonly<Record<string, string | undefined>>): Secret | string {
  const value = env[name];
  if (value === undefined || value.trim() === '') return `the environment variable ${name} is not set`;
  return checked(value, `the environment variable ${name}`);
}

function ofFile(path: string): Secret | string {
  try {
    const found = lstatSync(path);
    if (!found.isFile()) return `${path} is not a plain file`;
    if ((found.mode & 0o077) !== 0) {
      return `${path} can be read by others (mode 0${(found.mode & 0o777).toString(8)}): chmod 600 ${path}`;
    }
    if (found.uid !== 0 && found.uid !== process.getuid?.())
      return `${path} belongs to somebody else (uid ${found.uid})`;
    if (found.size > bytesMax) return `${path} has ${found.size} bytes; expected at most ${bytesMax}`;
    return checked(readFileSync(path, 'utf8'), path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `${path} cannot be read (${code ?? 'unknown'})`;
  }
}

/** One line: it goes into headers. */
function checked(text: string, where: string): Secret | string {
  const secret = text.trim();
  if (secret === '') return `${where} is empty`;
  return /^[\x21-\x7e]+$/.test(secret)
    ? new Secret(secret)
    : `${where} has blanks or characters that are not ASCII in it`;
}
