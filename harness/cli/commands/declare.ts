import type { Command } from 'commander';
import type { ExitCode } from '../../model/errors.ts';
import type { Context } from '../context.ts';

/** What a command does; each lives in a file of its own and is loaded only when it is called. */
export type Action = (context: Context) => Promise<ExitCode>;
export type Act = (action: Action) => Promise<void>;
/** Adds a command by its usage and a description in a line. */
export type Declare = (usage: string, description: string) => Command;
