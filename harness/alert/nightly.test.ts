import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode, UserError } from '../model/errors.ts';
import { act } from './act.ts';
import { appendToLog, readLog } from './log.ts';
import { nightly } from './nightly.ts';
import type { NightParts } from './nightly.ts';
import { usualPolicy } from './retry.ts';
import { testClock } from './server.fixture.ts';
import { night } from './suspicion.fixture.ts';
import type { Observer, World } from './world.fixture.ts';
import { messengerIn, newWorld, partsIn, storeRun } from './world.fixture.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-nightly-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const log = () => join(dir, 'alerts.jsonl');

/** The night of the next run; `minutes` after it began for a later start in the same night. */
function runNight(
  world: World,
  observe: Observer = () => {},
  change: Partial<NightParts> = {},
  minutes = 30,
) {
  // Counted by what is done, since a start that goes on belongs to the night of the run that is stored.
  const clock = testClock(Date.parse(night(world.stored.length)) + minutes * 60_000);
  return nightly({
    dir,
    parts: { ...partsIn(world, observe), ...change },
    config: { channels: [messengerIn(world, observe)], policy: usualPolicy },
    clock,
    signal: new AbortController().signal,
    say: () => {},
  });
}

async function nights(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await runNight(world);
}

const stepDown =
  (at: number, until = Number.POSITIVE_INFINITY) =>
  (run: number) =>
    run >= at && run < until ? 95 : 100;
const types = (world: World) => world.told.map(({ type }) => type);

test('a regression is told once, whatever the nights after it say, and its end as well', async () => {
  const world = newWorld({ forward: stepDown(8, 20), dpi: stepDown(8, 20), nat: () => 100 });
  await nights(world, 18);
  expect(types(world)).toEqual(['raised']);
  const { book } = await readLog(log());
  expect([...book.alerts.values()].map(({ tracked }) => tracked.length)).toEqual([2]);
  expect(world.reruns).toHaveLength(1);
  await nights(world, 12);
  expect(types(world)).toEqual(['raised', 'fixed']);
});

test('what reruns refute is not told, and not rerun each night', async () => {
  const world = newWorld({ forward: stepDown(8) }, () => false);
  await nights(world, 25);
  expect(types(world)).toEqual([]);
  expect(world.reruns).toEqual(['forward']);
});

test('after an expected change nights compare with the new level', async () => {
  const world = newWorld({ forward: (run) => (run < 8 ? 100 : run < 22 ? 95 : 90) });
  await nights(world, 14);
  const first = [...(await readLog(log())).book.alerts.keys()][0] ?? '';
  const clock = testClock(Date.parse(night(14)));
  await appendToLog(log(), (book) => act(book, 'expect', first, 'ann', 'it checks more now'), clock.now);
  await nights(world, 14);
  expect(types(world)).toEqual(['raised', 'expected', 'raised']);
  const [, second] = (await readLog(log())).book.alerts.values();
  expect(second?.tracked[0]?.finding.before).toBeCloseTo(95, 0);
});

/** A harness that is killed does nothing more: no `finally` of ours may matter. */
class Killed extends Error {}

test('killed at any point, the next start goes on: nothing is told twice under two keys, and nothing is lost', async () => {
  let points = 0;
  for (let killAt = 0; ; killAt++) {
    rmSync(dir, { recursive: true });
    const world = newWorld({ forward: stepDown(8), dpi: stepDown(8), nat: (run) => (run < 8 ? 100 : 106) });
    for (let run = 0; run < 10; run++) storeRun(world);
    let count = 0;
    const kill: Observer = () => {
      if (count++ === killAt) throw new Killed();
    };
    let kills = 0;
    while (world.stored.length < 13) {
      await runNight(world, kill).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        kills++;
      });
    }
    // Whatever the kill interrupted is done by now, or by a start without measuring.
    await runNight(world);
    if (kills === 0) break;
    points++;
    const { book } = await readLog(log());
    const alerts = [...book.alerts.values()];
    expect(alerts.map(({ state, tracked }) => [state, tracked.length])).toEqual([['new', 2]]);
    expect(new Set(world.told.map(({ key }) => key)).size).toBe(1);
    expect(world.told.length).toBeLessThanOrEqual(2);
    expect(world.reruns.length).toBeLessThanOrEqual(2);
  }
  expect(points).toBeGreaterThan(20);
});

test('a night that was measured is not measured again; one of long ago is left', async () => {
  const world = newWorld({ forward: () => 100 });
  await nights(world, 3);
  const killed: Observer = (what) => {
    if (what === 'before series') throw new Killed();
  };
  await expect(runNight(world, killed)).rejects.toThrow(Killed);
  const resumed = await runNight(world, undefined, {}, -23 * 60);
  expect(resumed).toMatchObject({ runId: 'run-3', isResumed: true });
  expect(world.measured).toEqual(['run-0', 'run-1', 'run-2', 'run-3']);
  await expect(runNight(world, killed)).rejects.toThrow(Killed);
  expect(await runNight(world)).toMatchObject({ runId: 'run-5', isResumed: false });
});

describe('what cannot be done', () => {
  const unable = () =>
    Promise.reject(new UserError(exitCode.testbedUnable, 'the testbed is in use by run x'));

  test('without a testbed, what is known is still looked at and told', async () => {
    const world = newWorld({ forward: stepDown(8) });
    await nights(world, 10);
    const stored = world.stored.length;
    const report = await runNight(world, undefined, { measure: unable });
    expect(report.problems.map(({ code }) => code)).toEqual([exitCode.testbedUnable]);
    expect(world.stored).toHaveLength(stored);
    expect(report.channels).toMatchObject([{ channel: 'people', owed: 0 }]);
  });

  test('without reruns nothing is told, and the next night tries again', async () => {
    const world = newWorld({ forward: stepDown(8) });
    for (let i = 0; i < 13; i++) await runNight(world, undefined, { confirm: unable });
    expect(types(world)).toEqual([]);
    await runNight(world);
    expect(types(world)).toEqual(['raised']);
  });

  test('a file of the night that is damaged is refused before anything is measured', async () => {
    const world = newWorld({ forward: () => 100 });
    await nights(world, 1);
    writeFileSync(join(dir, 'nightly.json'), '{"schema":"nightly/2"}');
    await expect(runNight(world)).rejects.toThrow(/nightly\.json: .*Remove it/);
    expect(world.measured).toHaveLength(1);
    expect(readFileSync(join(dir, 'nightly.json'), 'utf8')).toContain('nightly/2');
  });

  test('two nights at once: the second is refused', async () => {
    const world = newWorld({ forward: () => 100 });
    const inside = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const series = async () => {
      inside.resolve();
      await end.promise;
      return [];
    };
    const first = runNight(world, undefined, { series });
    await inside.promise;
    await expect(runNight(world)).rejects.toMatchObject({ code: exitCode.testbedUnable });
    end.resolve();
    await first;
  }, 30_000);
});
