import type { InputProblem } from '../model/errors.ts';
import type { SourceDocument } from './document.ts';

/** A problem for each entry of a list that was in it before. */
export function repeated(
  source: SourceDocument,
  key: string,
  entries: readonly (string | number)[],
): InputProblem[] {
  return entries.flatMap((entry, index) =>
    entries.indexOf(entry) === index || Number.isNaN(entry)
      ? []
      : [source.problem([key, index], `${key}: "${entry}" is here twice`)],
  );
}
