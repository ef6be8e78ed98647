import type { DatabaseSync } from 'node:sqlite';
import type { IndexedFigure } from './read.ts';

interface OfRun {
  readonly runId: number;
  readonly startedMs: number;
  readonly testbed: string;
  readonly fingerprint: string;
}

/** Writes figures to their series, within a transaction that the caller has begun; `keep` stores a document and gives its digest. */
export function writeFigures(db: DatabaseSync, keep: (value: object) => string) {
  const find = db.prepare(
    'SELECT series_id FROM series WHERE testbed = ? AND fingerprint = ? AND settings = ? AND cell = ? AND metric = ?',
  );
  const addSeries = db.prepare(
    'INSERT INTO series (series_id, testbed, fingerprint, settings, cell, metric) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const add = db.prepare(
    'INSERT INTO figures (series_id, started_ms, run_id, verdict, value, control) VALUES (?, ?, ?, ?, ?, ?)',
  );
  let lastId = Number(db.prepare('SELECT COALESCE(MAX(series_id), 0) AS last FROM series').get()?.['last']);
  // Within one transaction nobody else adds series.
  const ids = new Map<string, number>();
  const seriesId = (...key: [string, string, string, string, string]): number => {
    const name = JSON.stringify(key);
    const known = ids.get(name);
    if (known !== undefined) return known;
    const row = find.get(...key);
    const id = row === undefined ? ++lastId : Number(row['series_id']);
    if (row === undefined) addSeries.run(id, ...key);
    ids.set(name, id);
    return id;
  };
  return {
    write({ runId, startedMs, testbed, fingerprint }: OfRun, figures: readonly IndexedFigure[]): void {
      for (const { cell, settings, metric, verdict, value, control } of figures) {
        const id = seriesId(testbed, fingerprint, keep(settings), cell, metric.name);
        add.run(id, startedMs, runId, verdict, value, control);
      }
    },
  };
}
