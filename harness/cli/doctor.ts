import { exitCode } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { checkHost, cores, free } from '../testbed/checks.ts';
import type { Check } from '../testbed/checks.ts';
import { defaultStateDir, holder, runJournal } from '../testbed/hold.ts';
import { probeHost } from '../testbed/probe.ts';
import type { IsolationFinding, TapFinding } from '../testbed/isolations.ts';
import type { Context } from './context.ts';
import { loadTestbed } from './files.ts';
import { examineIsolations } from './isolations.ts';
import { examineGenerators, type GeneratorFinding } from './generators.ts';

/**
 * Says what this machine can do, what is missing and how to mend it; exit 3 where something is missing. Generators of others, and ways to isolate NFs, are
 * no fault where they are missing: only a profile that names one needs it. With `tryGenerators` those that are there are started.
 */
export async function doctor(
  context: Context,
  options: { readonly testbed: string; readonly json?: true; readonly tryGenerators?: true },
): Promise<ExitCode> {
  const probe = await probeHost(context.native);
  const oneCore = cores(probe);
  // The testbed file cannot be read against a machine of one core: everything else is still worth saying.
  const testbed = oneCore.ok
    ? loadTestbed(context.root, options.testbed)
    : { name: options.testbed, pages2M: 0, generatorFiles: {}, generatorCore: probe.cores[0] ?? 0 };
  const checks = [...checkHost(probe, testbed), ...freeCheck(testbed.name)];
  const generators = await examineGenerators(testbed, options.tryGenerators ?? false, context.signal);
  const isolations = await examineIsolations(context);
  context.print(
    options.json
      ? JSON.stringify({ testbed: options.testbed, checks, isolations, generators }, null, 2)
      : `${checkList(checks)}\n${isolationList(isolations)}\n${generatorList(generators)}`,
  );
  return checks.every((check) => check.ok) ? exitCode.done : exitCode.testbedUnable;
}

/** Only root may read the journal: without rights nothing can be said, and that is a finding of its own already. */
function freeCheck(testbedName: string): Check[] {
  return process.getuid?.() === 0 ? [free(holder(runJournal(defaultStateDir, testbedName)))] : [];
}

function checkList(checks: readonly Check[]): string {
  return checks
    .map(({ ok, name, finding }) => `${ok ? 'ok     ' : 'MISSING'}  ${name}: ${finding}`)
    .join('\n');
}

function isolationList(isolations: readonly (IsolationFinding | TapFinding)[]): string {
  return isolations
    .map((found) => {
      const name = 'isolation' in found ? `isolation ${found.isolation}` : found.dataplane;
      return `${(found.ok ? 'ok' : 'absent').padEnd(7)}  ${name}: ${found.finding}`;
    })
    .join('\n');
}

function generatorList(generators: readonly GeneratorFinding[]): string {
  return generators
    .map(({ name, state, finding }) => `${state.padEnd(7)}  generator ${name}: ${finding}`)
    .join('\n');
}
