import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { BadInput, exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import type { Act, Action } from './commands/declare.ts';
import { declareExports } from './commands/exports.ts';
import { declareHandOver } from './commands/hand-over.ts';
import { declareHouse } from './commands/house.ts';
import { declareMeasuring } from './commands/measure.ts';
import { declareNights } from './commands/nights.ts';
import { declareSeries } from './commands/series.ts';
import { declareSides } from './commands/sides.ts';
import { createContext } from './context.ts';

const context = createContext();
process.exitCode = await main(process.argv.slice(2));
// A handle that something forgot must not keep a finished program alive; what was printed must still get out.
process.stdout.write('', () => process.exit());

async function main(args: readonly string[]): Promise<ExitCode> {
  const code = await runCommand(args);
  await context.giveBack();
  // A command that ended well although it was told to stop (it had just finished) is still done, and one that could
  // not put everything back has said so.
  const isInterrupted = context.signal.aborted && code !== exitCode.done && code !== exitCode.testbedUnable;
  if (!isInterrupted) return code;
  context.say('netvm: interrupted; everything is put back');
  return exitCode.interrupted;
}

async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  const act = async (action: Action) => {
    code = await action(context);
  };
  try {
    await program(act).parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  } finally {
    context.progress.finish();
  }
}

function program(act: Act): Command {
  const root = new Command('netvm').helpCommand(false).exitOverride();
  root.configureHelp({ formatHelp: () => readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8') });
  const command = (usage: string, description: string) => {
    const added = root.command(usage).description(description).exitOverride();
    return added.configureHelp({
      formatHelp: (cmd, helper) => new Command().createHelp().formatHelp(cmd, helper),
    });
  };

  declareMeasuring(command, act);
  declareHandOver(command, act);
  declareSeries(command, act);
  declareExports(command, act);
  declareSides(command, act);
  declareNights(command, act);
  declareHouse(command, act);
  return root;
}

function explain(error: unknown): ExitCode {
  context.progress.finish();
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.badInput;
  if (context.signal.aborted && !(error instanceof UserError && error.code === exitCode.testbedUnable)) {
    return exitCode.interrupted;
  }
  if (error instanceof UserError) {
    // Problems in files begin with file:line:column, as editors want them.
    context.say(error instanceof BadInput ? error.message : error.message.replaceAll(/^/gm, 'netvm: '));
    return error.code;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.say(`netvm: this should not have happened: ${text}`);
  return exitCode.measurementFailed;
}
