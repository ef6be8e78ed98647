import { resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { RunComparison } from '../model/comparison.ts';
import type { ExitCode } from '../model/errors.ts';
import { comparisonOf } from '../regress/compare/report.ts';
import type { RunToCompare } from '../regress/compare/report.ts';
import { writeAtomically } from '../store/atomic.ts';
import { readSound } from '../store/sound.ts';
import type { Context } from './context.ts';
import { comparisonMarkdown, comparisonTable } from './compare-words.ts';
import { refuseUnwritable } from './files.ts';
import { shareOption } from './options.ts';

export interface CompareCommand {
  readonly a?: readonly string[];
  readonly b?: readonly string[];
  readonly confidence: string;
  readonly out?: string;
  readonly json?: true;
}

/** Compares two runs, or two sets of runs, from their archives alone. */
export async function compareCommand(
  context: Context,
  runs: readonly string[],
  command: CompareCommand,
): Promise<ExitCode> {
  const [ofA, ofB] = sidesOf(runs, command);
  const confidence = shareOption('confidence', command.confidence);
  if (confidence < 0.5 || confidence > 0.999)
    throw refuse(`compare: --confidence: expected 50% to 99.9%, got ${JSON.stringify(command.confidence)}`);
  const { out } = command;
  if (out !== undefined && !/\.(md|html)$/.test(out))
    throw refuse(`compare: --out: expected a file that ends in .md or .html, got ${JSON.stringify(out)}`);
  refuseUnwritable(out);
  const seen = new Map<string, string>();
  const [a, b] = [await readAll(context, ofA, seen), await readAll(context, ofB, seen)];
  const comparison = comparisonOf(a, b, confidence);
  if (comparison.figures.length === 0)
    throw refuse(`compare: ${ofB.join(', ')}: no cell that ${ofA.join(', ')} has${twiceText(comparison)}`);
  if (out !== undefined) {
    context.written.add(resolve(out));
    if (out.endsWith('.md')) await writeAtomically(resolve(out), comparisonMarkdown(comparison));
    else await writePage(comparison, context.command, resolve(out));
  }
  context.print(command.json ? JSON.stringify(comparison, null, 2) : comparisonTable(comparison));
  return exitCode.done;
}

/** Charts take a while to load. */
async function writePage(comparison: RunComparison, command: string, file: string): Promise<void> {
  const { writeComparison } = await import('../report/comparison/write.ts');
  await writeComparison(comparison, command, file);
}

function twiceText({ twiceInA, twiceInB }: RunComparison): string {
  const count = twiceInA.length + twiceInB.length;
  return count === 0 ? '' : `, but for ${count} that a run measured twice, of which none counts`;
}

/** Two runs, or --a and --b. */
function sidesOf(
  runs: readonly string[],
  { a, b }: Pick<CompareCommand, 'a' | 'b'>,
): readonly [readonly string[], readonly string[]] {
  if (a !== undefined && b !== undefined && runs.length === 0) return [a, b];
  const [first, second, ...more] = runs;
  if (a === undefined && b === undefined && first !== undefined && second !== undefined && more.length === 0)
    return [[first], [second]];
  throw refuse(
    'compare: expected two runs, as in ./netvm compare A B, or two sets of them, as in ./netvm compare --a A1 A2 --b B1 B2',
  );
}

async function readAll(
  context: Context,
  dirs: readonly string[],
  seen: Map<string, string>,
): Promise<RunToCompare[]> {
  const found: RunToCompare[] = [];
  for (const name of dirs) {
    const { run, trials, facts, problems } = await readSound(resolve(name));
    const known = seen.get(run.id);
    if (known !== undefined) throw refuse(`compare: ${name} and ${known} are the same run, ${run.id}`);
    seen.set(run.id, name);
    for (const { file, problem } of problems)
      context.say(`netvm: ${name}: ${file} ${problem.replace(`${resolve(name)}/${file} `, '')}`);
    found.push({
      name,
      run,
      trials,
      facts,
      problems: problems.map(({ file, problem }) => `${file} ${problem}`),
    });
  }
  return found;
}

function refuse(message: string): UserError {
  return new UserError(exitCode.badInput, message);
}
