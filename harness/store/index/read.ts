import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cellKey, cellWords } from '../../model/cell.ts';
import { UserError } from '../../model/errors.ts';
import { figuresOf } from '../../model/metric.ts';
import type { Figure } from '../../model/metric.ts';
import type { Cell, HostFacts, Provenance, Run } from '../../model/run.ts';
import { checksumsFile, readChecksums } from '../checksums.ts';
import { comparableFacts } from '../fingerprint.ts';
import type { ComparableFacts } from '../fingerprint.ts';
import { readRun, readUneditedFacts } from '../read.ts';
import { indexedFiles } from './scan.ts';
import type { FoundArchive } from './scan.ts';
import { latencyLoads, profileOf, settingsOf } from './settings.ts';

/** What the index keeps of an archive. */
export interface ReadArchive extends FoundArchive {
  /** `partial` where it was read as far as it is sound. */
  readonly state: 'sound' | 'partial' | 'refused';
  /** Null where it is sound. */
  readonly reason: string | null;
  readonly run: IndexedRun | null;
}

export interface IndexedRun {
  readonly id: string;
  /** SHA-256 of its run.json; null where it did not come to its end. The same for copies of a run, and for nothing else. */
  readonly sum: string | null;
  readonly startedAt: string;
  /** Null where it did not come to its end, or was gone on with later: then others may have been measured in between. */
  readonly finishedAt: string | null;
  readonly testbed: string;
  readonly hosts: readonly ComparableFacts[];
  readonly commit: string | null;
  readonly isDirty: boolean;
  readonly figures: readonly IndexedFigure[];
}

export interface IndexedFigure extends Figure {
  readonly cell: string;
  readonly settings: ComparableFacts;
}

/** Of a file: 2,000 cells take some 6 MB. */
const bytesMax = 64 << 20;
const cellsMax = 20_000;
/** Of a name: everything that people are shown must have an end. */
const nameMax = 200;
const wordsMax = 1_000;
/** Of what is kept to tell what differs: facts, and a method's settings. */
const documentMax = 100_000;
/** By so much a clock is put right in a run. */
const clockMovedMs = 60_000;

/** Reads what the index wants of one archive. It never throws for what is wrong with it: the reason is in the result. */
export async function readArchive(dir: string, found: FoundArchive): Promise<ReadArchive> {
  const root = join(dir, found.path);
  const refused = (reason: string): ReadArchive => ({ ...found, state: 'refused', reason, run: null });
  try {
    const file = indexedFiles.find((name) => isUnreadable(join(root, name)));
    if (file !== undefined) return refused(`${file} is no plain file of at most ${bytesMax} bytes`);
    const run = await readRun(root);
    const hosts = await readUneditedFacts(root);
    const limit = beyondLimits(run) ?? clockFault(run);
    if (limit !== null) return refused(`run.json ${limit}`);
    if (JSON.stringify(hosts).length > documentMax)
      return refused(`facts.json has more than ${documentMax} characters that count`);
    if (hosts.length === 0)
      return refused('facts.json is missing or empty: what it was measured on is not known');
    const { figures, twice } = figuresIn(run);
    const sums = await readChecksums(root);
    const reasons = [
      ...(sums === null
        ? [
            `${checksumsFile} is missing: the run goes on, or was killed; ${run.results.length} cells are read`,
          ]
        : []),
      ...(twice.length === 0 ? [] : [`measured twice in one run, so neither counts: ${twice.join('; ')}`]),
    ];
    return {
      ...found,
      state: reasons.length === 0 ? 'sound' : 'partial',
      reason: reasons.length === 0 ? null : reasons.join('; '),
      run: { ...runOf(run, hosts), sum: sums?.get('run.json') ?? null, figures },
    };
  } catch (error) {
    if (error instanceof UserError) return refused(error.message.replaceAll(`${root}/`, ''));
    return refused(`cannot be read: ${(error as Error).message}`);
  }
}

/** A pipe would go on for ever, and a huge file costs memory to be refused. A missing one is for its reader to say. */
function isUnreadable(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && (!found.isFile() || found.size > bytesMax);
}

function beyondLimits(run: Run): string | null {
  const { id, testbed, results } = run;
  if (results.length > cellsMax) return `has ${results.length} cells; expected at most ${cellsMax}`;
  for (const [name, text] of Object.entries({ id, testbed })) {
    if (text === '' || text.length > nameMax)
      return `has ${name} of ${text.length} characters; expected 1 to ${nameMax}`;
    if (text.includes('\0')) return `has a NUL character in ${name}`;
  }
  const long = results.findIndex(({ cell }) => cellWords(cell).length > wordsMax);
  if (long >= 0) return `results.${long}.cell is longer than ${wordsMax} characters`;
  if (JSON.stringify(profileOf(run).method).length > documentMax)
    return `has settings of the method of more than ${documentMax} characters`;
  return null;
}

/** A clock that was moved in mid-run; the time that a run took is by another clock, which cannot be. */
function clockFault({ startedAt, finishedAt, elapsedMs }: Run): string | null {
  if (finishedAt === null) return null;
  const tookMs = Date.parse(finishedAt) - Date.parse(startedAt);
  if (tookMs < 0)
    return `has finishedAt ${finishedAt} before startedAt ${startedAt}: the clock ran backwards`;
  if (typeof elapsedMs !== 'number' || Math.abs(tookMs - elapsedMs) <= clockMovedMs) return null;
  return `says that it went on from ${startedAt} to ${finishedAt}, and that it took ${Math.round(elapsedMs / 1000)} s: the clock was moved`;
}

function runOf(run: Run, hosts: readonly HostFacts[]): Omit<IndexedRun, 'figures' | 'sum'> {
  const { id, startedAt, testbed, resumedAt = [] } = run;
  const finishedAt = resumedAt.length > 0 ? null : run.finishedAt;
  const [first] = hosts;
  // Others put it into command lines and links.
  const commit = /^[0-9a-f]{7,64}$/.exec(first?.gitCommit ?? '')?.[0] ?? null;
  const isDirty = first?.gitDirty === true;
  return { id, startedAt, finishedAt, testbed, hosts: hosts.map(comparableFacts), commit, isDirty };
}

function figuresIn(run: Run): { figures: IndexedFigure[]; twice: string[] } {
  const profile = profileOf(run);
  const counts = new Map<string, number>();
  for (const { cell } of run.results) counts.set(cellKey(cell), (counts.get(cellKey(cell)) ?? 0) + 1);
  const isTwice = (cell: Cell) => (counts.get(cellKey(cell)) ?? 0) > 1;
  const settings = new Map<string, ComparableFacts>();
  const settingsFor = (provenance: Provenance, isLatency: boolean): ComparableFacts => {
    const key = `${provenance} ${isLatency}`;
    const known = settings.get(key) ?? settingsOf(profile, provenance, isLatency);
    settings.set(key, known);
    return known;
  };
  const figures = run.results
    .filter(({ cell }) => !isTwice(cell))
    .flatMap((result) => {
      const { cell, provenance } = result;
      const key = cellKey(cell);
      return figuresOf(result, run.generator, { latencyLoadsPercent: latencyLoads(profile, cell) }).map(
        (figure): IndexedFigure => ({
          ...figure,
          cell: key,
          settings: settingsFor(provenance, figure.metric.name.startsWith('latency')),
        }),
      );
    });
  const twice = run.results.filter(({ cell }) => isTwice(cell)).map(({ cell }) => cellWords(cell));
  return { figures, twice: [...new Set(twice)] };
}
