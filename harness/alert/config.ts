import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { BadInput } from '../model/errors.ts';
import type { InputProblem } from '../model/errors.ts';
import { readDocument } from '../profile/document.ts';
import type { SourceDocument } from '../profile/document.ts';
import { validate } from '../profile/validate.ts';
import type { Channel } from './channel.ts';
import { email } from './channels/email.ts';
import { board } from './channels/files.ts';
import { github } from './channels/github.ts';
import { slack } from './channels/slack.ts';
import { webhook } from './channels/webhook.ts';
import { channelSchemas, outerSchema, urlFault } from './config-schema.ts';
import type { ChannelInput } from './config-schema.ts';
import type { RetryPolicy } from './retry.ts';
import { usualPolicy } from './retry.ts';
import { readSecret, Secret } from './secret.ts';

/** Who is told, and how hard it is tried. */
export interface AlertConfig {
  readonly channels: readonly Channel[];
  readonly policy: RetryPolicy;
}

/** Null: secrets are not looked for. */
type Env = Readonly<Record<string, string | undefined>> | null;

const answerBytesMax = 8 << 20;

/**
 * Reads `alerts.yaml`. Throws BadInput with every problem at once, a secret that is missing or open to others included: nothing is sent where not
 * everybody can be told. Without an environment (null) secrets are not looked for.
 */
export function parseConfig(bytes: Uint8Array, file: string, env: Env): AlertConfig {
  const source = readDocument(bytes, file);
  const outer = validate(source, outerSchema);
  const problems: InputProblem[] = [];
  const timeoutMs = outer.timeout ?? 10_000;
  const channels = outer.channels.flatMap(({ kind }, index) => {
    const part = partOf(source, outer.channels[index], index);
    try {
      const input = validate(part, channelSchemas[kind] as z.ZodType<ChannelInput>);
      const maker = new ChannelMaker(part, env, timeoutMs);
      const channel = maker.make(input);
      problems.push(...maker.problems);
      return [{ channel, part }];
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  channels.forEach(({ channel, part }, index) => {
    if (!channels.slice(0, index).some((other) => other.channel.name === channel.name)) return;
    problems.push(part.problem([], `there are two channels "${channel.name}": give one a name of its own`));
  });
  if (problems.length > 0)
    throw new BadInput(problems.sort((a, b) => a.line - b.line || a.column - b.column));
  return {
    channels: channels.map(({ channel }) => channel),
    policy: { ...usualPolicy, attemptsMax: outer.attempts },
  };
}

/** One channel as if it were a document: what is wrong with it depends on its kind alone. */
function partOf(source: SourceDocument, data: unknown, index: number): SourceDocument {
  return {
    file: source.file,
    data,
    problem: (path, message, key) => source.problem(['channels', index, ...path], message, key),
  };
}

class ChannelMaker {
  readonly problems: InputProblem[] = [];
  readonly #part: SourceDocument;
  readonly #env: Env;
  readonly #timeoutMs: number;

  constructor(part: SourceDocument, env: Env, timeoutMs: number) {
    this.#part = part;
    this.#env = env;
    this.#timeoutMs = timeoutMs;
  }

  make(input: ChannelInput): Channel {
    const name = input.name ?? input.kind;
    const limits = { timeoutMs: this.#timeoutMs, answerBytesMax };
    switch (input.kind) {
      case 'junit':
      case 'markdown':
      case 'metrics':
        return board(input.kind, name, resolve(dirname(this.#part.file), input.file));
      case 'github': {
        const { apiUrl, repository, label } = input;
        const token = this.#secret('tokenFrom', input.tokenFrom);
        return github({ name, apiUrl: apiUrl.replace(/\/+$/, ''), repository, label, token, limits });
      }
      case 'slack':
        return slack(name, this.#secretUrl('urlFrom', input.urlFrom), limits);
      case 'webhook': {
        const secret = input.secretFrom === undefined ? null : this.#secret('secretFrom', input.secretFrom);
        return webhook({ name, url: this.#webhookUrl(input), secret, limits });
      }
      case 'email': {
        const { host, port, security, from, to } = input;
        return email({
          name,
          host,
          port,
          security,
          from,
          to,
          login: this.#login(input),
          timeoutMs: this.#timeoutMs,
        });
      }
    }
  }

  #webhookUrl({ url, urlFrom }: ChannelInput & { kind: 'webhook' }): Secret {
    if ((url === undefined) === (urlFrom === undefined)) {
      this.#fault([], 'expected either url or urlFrom');
      return new Secret('');
    }
    return urlFrom === undefined ? new Secret(url ?? '') : this.#secretUrl('urlFrom', urlFrom);
  }

  #login({ user, passwordFrom, security, host }: ChannelInput & { kind: 'email' }) {
    const isHere = ['localhost', '127.0.0.1', '::1'].includes(host);
    if (security === 'none' && !isHere) {
      this.#fault(
        ['security'],
        'security: none is for a server on this machine only; expected tls or starttls',
      );
    }
    if (user === undefined && passwordFrom === undefined) return null;
    if (user === undefined || passwordFrom === undefined) {
      this.#fault([], 'expected both user and passwordFrom, or neither');
      return null;
    }
    return { user, password: this.#secret('passwordFrom', passwordFrom) };
  }

  #secretUrl(key: string, from: string): Secret {
    const secret = this.#secret(key, from);
    const fault = urlFault(secret.reveal());
    // Where the secret itself is missing, that has been said.
    if (fault !== null && secret.reveal() !== '') this.#fault([key], `${key}: ${fault}`);
    return secret;
  }

  #secret(key: string, from: string): Secret {
    if (this.#env === null) return new Secret('');
    const read = readSecret(from, this.#env);
    if ('secret' in read) return read.secret;
    this.#fault([key], `${key}: ${read.fault}`);
    return new Secret('');
  }

  #fault(path: readonly string[], message: string): void {
    this.problems.push(this.#part.problem(path, message));
  }
}
