import type { CellRow } from '../source.ts';

/**
 * NFs in virtual machines whose processor is translated have charts of their own: beside measured ones they would all lie on an axis. Both kinds, as far
 * as there are rows of them.
 */
export function translatedApart(
  rows: readonly CellRow[],
): { readonly isTranslated: boolean; readonly here: readonly CellRow[] }[] {
  const kinds = Map.groupBy(
    rows,
    ({ result: { cell, provenance } }) => cell.isolation === 'vm' && provenance === 'emulated',
  );
  return [false, true].flatMap((isTranslated) => {
    const here = kinds.get(isTranslated);
    return here === undefined ? [] : [{ isTranslated, here }];
  });
}
