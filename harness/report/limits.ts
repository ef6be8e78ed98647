/** What a page can show so that a person still sees something; `./netvm report RUN --cell TEXT` shows the rest. */
export const panelsMax = 8;
/** Of these so many stand open, the others are folded. */
export const panelsOpenMax = 6;
/** Rows of one picture. */
export const rowsMax = 32;
/** Rows of a table that repeats what `run.json` has. */
export const tableRowsMax = 200;
/** Sentences of one kind. */
export const notesMax = 20;

/** At most so many of the items, evenly spread, the first and the last among them. */
export function evenly<T>(items: readonly T[], max: number): T[] {
  if (items.length <= max) return [...items];
  const step = (items.length - 1) / (max - 1);
  return Array.from({ length: max }, (_, index) => items[Math.round(index * step)]).filter(
    (item) => item !== undefined,
  );
}
