import { join } from 'node:path';
import { exitCode, UserError } from '../../model/errors.ts';
import type { HostFacts, Run, TrialRecord } from '../../model/run.ts';
import { archiveFiles } from '../../store/checksums.ts';
import { readFacts, readRun, readTrials } from '../../store/read.ts';
import { verifyArchive } from '../../store/verify.ts';
import type { ArchiveProblem } from '../../store/verify.ts';

/** All that an export knows of one run. */
export interface ExportSource {
  readonly dir: string;
  readonly run: Run;
  readonly trials: readonly TrialRecord[];
  readonly facts: readonly HostFacts[];
  /** Paths of the latency logs inside the archive. */
  readonly hlogs: readonly string[];
  /** What was left out, and why: empty where the archive is whole. */
  readonly problems: readonly ArchiveProblem[];
}

/**
 * Reads an archive to hand it on. One that is torn, edited or foreign is a UserError (2) with every file and reason; with `isPartial` what is sound is read and the rest named,
 * but without a sound run.json there is nothing to export.
 */
export async function readExportSource(
  dir: string,
  { isPartial }: { readonly isPartial: boolean },
): Promise<ExportSource> {
  const run = await readRun(dir);
  const problems = await verifyArchive(dir);
  if (problems.length > 0 && !isPartial) throw refused(dir, problems);
  // A torn last line is left out by the reader; a file that does not match its sum may say anything.
  const changed = new Set(problems.filter(({ problem }) => !isTorn(problem)).map(({ file }) => file));
  const unless = async <T>(file: string, read: () => Promise<T[]>): Promise<T[]> =>
    changed.has(file) ? [] : read();
  const hlogs = (await archiveFiles(dir)).filter((file) => file.startsWith('latency/'));
  return {
    dir,
    run,
    trials: await unless('trials.jsonl', () => readTrials(dir)),
    facts: await unless('facts.json', () => readFacts(dir)),
    hlogs: hlogs.filter((file) => !changed.has(file)),
    problems,
  };
}

function isTorn(problem: string): boolean {
  return problem.includes('is torn (');
}

const problemsShown = 10;

function refused(dir: string, problems: readonly ArchiveProblem[]): UserError {
  const shown = problems.slice(0, problemsShown).map(({ file, problem }) => {
    const path = join(dir, file);
    // Readers name the file themselves.
    return problem.startsWith(path) ? problem : `${path} ${problem}`;
  });
  const more = problems.length - shown.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return new UserError(
    exitCode.badInput,
    `${[...shown, ...rest].join('\n')}\n${dir} is not as its run left it; --partial exports what is sound, and says what is not.`,
  );
}
