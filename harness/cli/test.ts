import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requireAllVariable } from '../model/cannot-run.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { didYouMean } from '../profile/nearest.ts';
import type { Context } from './context.ts';
import { mesonStage } from './test-meson.ts';
import { commandStage } from './test-stage.ts';
import type { Stage, StageResult } from './test-stage.ts';
import { vitestStage } from './test-vitest.ts';

/** Runs every test, or one part; ends with a line of its own that says how many passed and failed. */
export async function test(context: Context, part: string | undefined): Promise<ExitCode> {
  const { root } = context;
  const stages = stagesOf(root, part);
  for (const path of ['.netvm', 'native/build', 'node_modules/.vite']) context.written.add(join(root, path));
  await mkdir(join(root, '.netvm'), { recursive: true });
  const results: StageResult[] = [];
  for (const stage of stages) {
    context.signal.throwIfAborted();
    context.say(`\n== ${stage.name}`);
    results.push(required(await stage.run(context.signal)));
  }
  context.signal.throwIfAborted();
  context.print(summary(results));
  return results.every((result) => result.failed === 0) ? exitCode.done : exitCode.measurementFailed;
}

/** Where the machine is said to have everything, what cannot run has failed. It is still named with its reason. */
export function required(result: StageResult, all = process.env[requireAllVariable] === '1'): StageResult {
  return all ? { ...result, failed: result.failed + (result.cannotRun ?? []).length } : result;
}

/** A line a stage, each test that cannot run on this machine with the reason, then the sum alone on the last line. */
export function summary(results: readonly StageResult[]): string {
  const lines = results.flatMap(({ name, passed, failed, cannotRun = [] }) => [
    `${name}: ${passed} passed, ${failed} failed${cannotRun.length > 0 ? `, ${cannotRun.length} cannot run here` : ''}`,
    ...cannotRun.map(({ test, reason }) => `  cannot run here: ${test}: ${reason}`),
  ]);
  const sum = (key: 'passed' | 'failed') => results.reduce((total, result) => total + result[key], 0);
  return `\n${lines.join('\n')}\n\n${sum('passed')} passed, ${sum('failed')} failed`;
}

function stagesOf(root: string, part: string | undefined): readonly Stage[] {
  const tool = (name: string, ...args: string[]) => [
    process.execPath,
    join(root, 'node_modules/.bin', name),
    ...args,
  ];
  const command = (name: string, argv: readonly string[]) => commandStage(root, name, argv);
  const scripts = readdirSync(join(root, 'ci'))
    .filter((file) => file.endsWith('.sh'))
    .map((file) => join('ci', file));
  const parts = {
    unit: [
      command('shellcheck', ['shellcheck', 'netvm', '.ci/run', ...scripts]),
      command('eslint', tool('eslint', 'harness')),
      command(
        'prettier',
        tool('prettier', '--check', 'harness', 'package.json', 'tsconfig.json', 'vitest.config.ts'),
      ),
      command('layers', tool('depcruise', '--config', '.dependency-cruiser.cjs', 'harness')),
      command('types', tool('tsc', '--noEmit')),
      vitestStage(root, 'unit'),
    ],
    native: [mesonStage(root)],
    integration: [vitestStage(root, 'integration')],
  } satisfies Record<string, Stage[]>;
  if (part === undefined) return Object.values(parts).flat();
  if (Object.hasOwn(parts, part)) return parts[part as keyof typeof parts];
  const valid = Object.keys(parts);
  throw new UserError(
    exitCode.badInput,
    `test ${part}: expected one of ${valid.join(', ')}, or nothing for all${didYouMean(part, valid)}`,
  );
}
