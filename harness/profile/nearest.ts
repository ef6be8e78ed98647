/** The valid name a misspelt one most likely meant, or null where none is near. Case and separators count for nothing. */
export function nearest(got: string, valid: readonly string[]): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of valid) {
    const distance = editDistance(fold(got), fold(name));
    if (best === null || distance < best.distance) best = { name, distance };
  }
  return best !== null && best.distance <= Math.max(2, fold(best.name).length / 2) ? best.name : null;
}

/** ` (did you mean "x"?)`, or nothing; to be appended to a message. */
export function didYouMean(got: string, valid: readonly string[]): string {
  const name = nearest(got, valid);
  return name === null ? '' : `; did you mean "${name}"?`;
}

function fold(name: string): string {
  // Input is hostile: a megabyte of key must not cost a megabyte squared.
  return name.slice(0, 64).toLowerCase().replace(/[-_ ]/g, '');
}

/** Levenshtein distance, with a swap of neighbours counted as one. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(rows, i - 2, j - 2) + 1);
      }
      row.push(cost);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
}
