import { framesOf } from '../model/frames.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { CellResult } from '../model/run.ts';
import { chainText } from './format.ts';
import { plain } from './markup.ts';
import type { RunSource } from './source.ts';

/** `netvm process, 3 NFs: forward → firewall → monitor, 64 B, rfc2544`: what `--cell` looks into. */
export function cellName({ cell }: CellResult): string {
  const { short, traffic } = framesOf(cell);
  return [
    `${cell.dataplane} ${cell.isolation}`,
    `${cell.nfs.length} NFs: ${chainText(cell.nfs)}`,
    short,
    cell.method,
    ...(traffic === null ? [] : [traffic]),
  ].join(', ');
}

/** The runs with nothing but those cells whose name has `text` in it. Errors: UserError (2) where none has, with some of the names. */
export function onlyCells(sources: readonly RunSource[], text: string | undefined): RunSource[] {
  if (text === undefined) return [...sources];
  const wanted = text.toLowerCase();
  const kept = sources.map((source) => ({
    ...source,
    run: {
      ...source.run,
      results: source.run.results.filter((result) => cellName(result).toLowerCase().includes(wanted)),
    },
  }));
  if (kept.some(({ run }) => run.results.length > 0)) return kept;
  const [first] = sources.flatMap(({ run }) => run.results);
  const example =
    first === undefined
      ? 'the run has no cells'
      : `a cell is named ${JSON.stringify(plain(cellName(first)))}`;
  throw new UserError(
    exitCode.badInput,
    `--cell: no cell has ${JSON.stringify(text)} in its name; ${example}.`,
  );
}
