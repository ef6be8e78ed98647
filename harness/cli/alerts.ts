import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { act } from '../alert/act.ts';
import type { Action } from '../alert/act.ts';
import { systemClock } from '../alert/clock.ts';
import { parseConfig } from '../alert/config.ts';
import type { AlertConfig } from '../alert/config.ts';
import { deliver } from '../alert/deliver.ts';
import type { ChannelReport } from '../alert/deliver.ts';
import { DeliveryFailure } from '../alert/failure.ts';
import { listingOf, listingText } from '../alert/listing.ts';
import { appendToLog, logFile, readLog } from '../alert/log.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { didYouMean } from '../profile/nearest.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';
import { latestPoints } from './stored-series.ts';

export interface AlertsCommand {
  readonly dir?: string;
  readonly reason?: string;
  readonly by?: string;
  readonly config?: string;
  readonly json?: true;
}

/** Alerts: shows them, says what becomes of them, tells people. */
export async function alerts(
  context: Context,
  action: string,
  id: string | undefined,
  command: AlertsCommand,
): Promise<ExitCode> {
  const dir = resolve(command.dir ?? join(context.root, 'results'));
  const file = join(dir, logFile);
  switch (action) {
    case 'list':
      return list(context, file, command);
    case 'ack':
    case 'expect':
    case 'fix':
      return change(context, file, action, id, command);
    case 'deliver':
      return deliverPending(context, file, command);
    case 'test':
      return testChannels(context, command);
    default: {
      const valid = ['list', 'ack', 'expect', 'fix', 'deliver', 'test'];
      const text = `alerts ${action}: expected one of ${valid.join(', ')}${didYouMean(action, valid)}`;
      throw new UserError(exitCode.badInput, text);
    }
  }
}

async function list(context: Context, file: string, { json }: AlertsCommand): Promise<ExitCode> {
  const { book, torn } = await readLog(file);
  if (torn !== null) context.say(`netvm: ${torn}`);
  const all = [...book.alerts.values()];
  context.print(json ? JSON.stringify({ alerts: all.map(listingOf) }, null, 2) : listingText(book));
  return exitCode.done;
}

async function change(
  context: Context,
  file: string,
  action: Action,
  id: string | undefined,
  command: AlertsCommand,
): Promise<ExitCode> {
  if (id === undefined)
    throw new UserError(exitCode.badInput, `alerts ${action} needs an alert: ./netvm alerts list shows them`);
  const by = command.by ?? process.env['SUDO_USER'] ?? userInfo().username;
  context.written.add(file);
  const { book, events, torn } = await appendToLog(file, (now) =>
    act(now, action, id, by, command.reason ?? ''),
  );
  if (torn !== null) context.say(`netvm: ${torn}`);
  const [first] = events;
  const alert =
    first !== undefined && 'alert' in first.event ? book.alerts.get(first.event.alert) : undefined;
  if (alert === undefined) throw new Error(`expected ${action} to change an alert`);
  context.print(
    command.json ? JSON.stringify(listingOf(alert), null, 2) : `alert ${alert.id} is ${alert.state}`,
  );
  return exitCode.done;
}

/** Reads the channels before anything is done; throws BadInput. */
export function loadConfig(path: string): AlertConfig {
  return parseConfig(readInput(path), path, process.env);
}

async function deliverPending(context: Context, file: string, command: AlertsCommand): Promise<ExitCode> {
  const { channels, policy } = loadConfig(needConfig('deliver', command));
  context.written.add(file);
  const latest = await latestPoints(context, dirname(file));
  const reports = await deliver({
    file,
    channels,
    policy,
    clock: systemClock,
    signal: context.signal,
    latest,
  });
  context.print(command.json ? JSON.stringify({ channels: reports }, null, 2) : deliveryText(reports));
  return reports.every(({ owed, givenUp }) => owed + givenUp === 0)
    ? exitCode.done
    : exitCode.measurementFailed;
}

/** A line a channel: what it was told, and what it was not. */
export function deliveryText(reports: readonly ChannelReport[]): string {
  return reports
    .map(({ channel, kind, delivered, owed, givenUp, problem }) => {
      const left = owed > 0 ? `, ${owed} still to be told` : '';
      const lost = givenUp > 0 ? `, ${givenUp} given up` : '';
      return `${channel} (${kind}): ${delivered} told${left}${lost}${problem === null ? '' : `: ${problem}`}`;
    })
    .join('\n');
}

/** Each channel by itself: one that fails keeps the others from nothing. */
async function testChannels(context: Context, command: AlertsCommand): Promise<ExitCode> {
  const { channels } = loadConfig(needConfig('test', command));
  const results = [];
  for (const channel of channels) {
    const [isDone, text] = await channel.test(context.signal).then(
      (done): [boolean, string] => [true, done],
      (error: unknown): [boolean, string] => [false, failureText(context, error)],
    );
    results.push({ channel: channel.name, kind: channel.kind, isDone, text });
  }
  context.print(
    command.json
      ? JSON.stringify({ channels: results }, null, 2)
      : results
          .map(
            ({ channel, kind, isDone, text }) => `${channel} (${kind}): ${isDone ? '' : 'failed: '}${text}`,
          )
          .join('\n'),
  );
  return results.every(({ isDone }) => isDone) ? exitCode.done : exitCode.measurementFailed;
}

function failureText(context: Context, error: unknown): string {
  context.signal.throwIfAborted();
  if (error instanceof DeliveryFailure) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return `cannot be written (${code})`;
}

function needConfig(action: string, { config }: AlertsCommand): string {
  if (config !== undefined) return config;
  throw new UserError(
    exitCode.badInput,
    `alerts ${action} needs --config FILE: who is to be told (ci/alerts.yaml is an example)`,
  );
}
