import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { indexFile, indexRuns } from './index.ts';
import type { IndexedRuns, SeriesFilter } from './index.ts';
import { look, one } from './look.fixture.ts';
import { startMsMax, startPostgres } from './postgres.fixture.ts';
import type { TestPostgres } from './postgres.fixture.ts';

/** An index in one of the databases, empty before each test. */
export interface TestIndex {
  /** Null for the file in the directory. */
  address(): string | null;
  /** Brings it up to date with a directory; the caller closes it. */
  index(dir: string): Promise<IndexedRuns>;
  /** The same, reads from it and closes it. */
  look(dir: string, filter?: SeriesFilter): ReturnType<typeof look>;
  /** Deletes the index. */
  forget(dir: string): Promise<void>;
}

/** The same tests on every database that an index can be in: same tables, same queries, same answers. */
export function onEachDatabase(tests: (on: TestIndex) => void): void {
  describe('SQLite', () => {
    tests({
      address: () => null,
      index: (dir) => indexRuns(dir),
      look: (dir, filter = one) => look(dir, filter),
      forget: (dir) => rm(join(dir, indexFile)),
    });
  });
  describe('PostgreSQL', () => {
    let server: TestPostgres | null = null;
    let address = '';
    const fresh = async () => {
      address = (await server?.newDatabase()) ?? '';
    };
    beforeAll(async () => {
      server = await startPostgres();
    }, startMsMax);
    afterAll(() => server?.stop());
    beforeEach(fresh);
    tests({
      address: () => address,
      index: (dir) => indexRuns(dir, { address }),
      look: (dir, filter = one) => look(dir, filter, address),
      forget: fresh,
    });
  });
}
