import type { SeriesPoint, StoredSeries } from '../model/series.ts';
import type { Suspicion } from '../regress/suspicion.ts';
import { suspicionsOf } from '../regress/suspicions.ts';
import type { LifeType, Messenger } from './channel.ts';
import { usualTells } from './channel.ts';
import type { NightParts } from './nightly.ts';
import { confirmed, pointOf, seriesOf, unconfirmed } from './suspicion.fixture.ts';

/** What is on disk and outside while harnesses come and go: runs that were stored, and what people were told. */
export interface World {
  /** By NF, the true level of a night. */
  readonly levels: Readonly<Record<string, (run: number) => number | null>>;
  readonly stored: Map<string, SeriesPoint>[];
  readonly told: { readonly key: string; readonly alert: string; readonly type: LifeType }[];
  readonly reruns: string[];
  readonly measured: string[];
  /** Changes that reruns do not confirm. */
  readonly isReal: (suspicion: Suspicion) => boolean;
}

export function newWorld(levels: World['levels'], isReal: World['isReal'] = () => true): World {
  return { levels, stored: [], told: [], reruns: [], measured: [], isReal };
}

/** Called with each thing that is about to be or has just been done; a test throws in it. */
export type Observer = (what: string) => void;

/** The parts of a night in that world; noise of 0.5 % that is the same each time. */
export function partsIn(world: World, observe: Observer = () => {}): NightParts {
  const around = async <T>(what: string, work: () => T): Promise<T> => {
    observe(`before ${what}`);
    const done = work();
    await Promise.resolve();
    observe(`after ${what}`);
    return done;
  };
  return {
    newRunId: () => `run-${world.stored.length}`,
    measure: (runId) =>
      around('measure', () => {
        world.measured.push(runId);
        return storeRun(world);
      }),
    // Whoever was killed before anything was stored begins anew.
    goOn: (runId) => around('go on', () => (world.measured.includes(runId) ? 0 : null)),
    series: () => around('series', () => seriesIn(world)),
    suspicionsOf: (series) => suspicionsOf(series, { minChange: 0.02 }),
    confirm: (suspicions) =>
      around('confirm', () => {
        world.reruns.push(suspicions.map(({ series }) => series.cell.nfs.join()).join(' '));
        return suspicions.map((one) => (world.isReal(one) ? confirmed(one) : unconfirmed(one, 'refuted')));
      }),
    report: (runId) => around('report', () => `${runId}/report.html`),
  };
}

/** Stores the run of the next night, as measuring does; returns the cells that failed. */
export function storeRun({ levels, stored }: World): number {
  const run = stored.length;
  const points = Object.entries(levels).map(([nf, level]): [string, SeriesPoint] => {
    const value = level(run);
    return [nf, pointOf(run, value === null ? null : value * (1 + noise(run, nf)))];
  });
  stored.push(new Map(points));
  return points.filter(([, { value }]) => value === null).length;
}

function seriesIn({ levels, stored }: World): StoredSeries[] {
  return Object.keys(levels).map((nf) => ({
    id: seriesOf(nf),
    points: stored.flatMap((run) => run.get(nf) ?? []),
  }));
}

function noise(run: number, nf: string): number {
  return Math.sin(run * 12.9898 + nf.length * 78.233) * 0.005;
}

export function messengerIn(world: World, observe: Observer = () => {}): Messenger {
  return {
    name: 'people',
    kind: 'test',
    tells: usualTells,
    tell: ({ alert, logged, key }) => {
      observe('before tell');
      world.told.push({ key, alert: alert.id, type: logged.event.type as LifeType });
      observe('after tell');
      return Promise.resolve(null);
    },
    test: () => Promise.resolve('nothing'),
  };
}
