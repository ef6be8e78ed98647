import { expect, test } from 'vitest';
import { simulate } from '../../bench/regress-simulator.ts';
import type { Dashboard, DashboardRow } from './model.ts';
import { dashboardPage } from './page.ts';

const noLinks = { run: () => null, commits: () => null };

test('1,000 series of a year are below 5 MB', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) =>
    row({
      cell: `netvm, forward > firewall > monitor > nf${i}, 64 B, rfc2544`,
      values: simulate('quiet', 365, i).series.values,
    }),
  );
  const size = Buffer.byteLength(await dashboardPage(dashboardOf(rows), noLinks));
  expect(size).toBeGreaterThan(1e6);
  expect(size).toBeLessThan(5e6);
});

test.each<[string, Partial<DashboardRow>, string]>([
  ['a change', {}, '1 of 1 series has regressed.'],
  ['none', { state: 'steady', stateWords: 'steady', change: null }, 'None of 1 series has regressed.'],
])('the headline says it: %s', async (_name, changes, headline) => {
  expect(await dashboardPage(dashboardOf([row(changes)]), noLinks)).toContain(`<title>${headline}</title>`);
});

test('a directory without runs has a page too', async () => {
  const page = await dashboardPage({ ...dashboardOf([]), groups: [] }, noLinks);
  expect(page).toContain('There is no series yet.');
});

test('a row has its value, change, state, range of commits and number of runs', async () => {
  const page = await dashboardPage(dashboardOf([row({ values: [10e6, null, 9.2e6] })]), noLinks);
  const words = page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  expect(words).toContain(
    'netvm, forward, 64 B, rfc2544 throughputPps regressed since 2026-01-17, aaaa..bbbb -8.0 % 9.20 Mpps 2 of 3 2026-01-24',
  );
  expect(page).toContain('aria-label="3 runs, 1 without a value: from 9.20 Mpps to 10.00 Mpps"');
});

test('a drawing has a line for each stretch of values, a mark at the change and a dot at the newest value', async () => {
  const page = await dashboardPage(dashboardOf([row({ values: [1, 2, null, 2, null] })]), noLinks);
  expect(page).toContain(
    '<path class="at" d="M15.5 0v24"/><path d="M0 24h0l1 -24m2 0h0"/><path class="dot" d="M3 0h0"/>',
  );
});

test('texts of archives are texts, wherever they stand', async () => {
  const evil = `"><script>alert(1)</script>'&\u202e`;
  const hostile: Dashboard = {
    command: evil,
    madeAt: '2026-01-24T02:00:00.000Z',
    minChange: 0.02,
    groups: [
      {
        testbed: evil,
        fingerprint: evil,
        host: evil,
        firstAt: evil,
        differences: [evil],
        notes: [evil],
        rows: [
          row({
            cell: evil,
            metric: evil,
            unit: evil,
            stateWords: evil,
            change: { ...change, range: evil, since: evil },
          }),
        ],
      },
    ],
    problems: [{ file: evil, problem: evil }],
  };
  const page = await dashboardPage(hostile, { run: () => evil, commits: () => evil });
  expect(page.match(/<script>/g)).toHaveLength(1);
  expect(page).not.toContain('alert(1)</script>');
  expect(page).not.toContain('\u202e');
  expect(page).toMatch(
    /content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/]{43}='"/,
  );
});

test('of many runs with something wrong the first are listed, and how many more there are', async () => {
  const problems = Array.from({ length: 250 }, (_, i) => ({ file: `run-${i}`, problem: 'is torn' }));
  const page = await dashboardPage({ ...dashboardOf([row({})]), problems }, noLinks);
  expect(page.match(/is torn/g)).toHaveLength(100);
  expect(page).toContain('and 150 more');
});

const change = {
  index: 16,
  relativeChange: -0.08,
  since: '2026-01-17T02:00:00.000Z',
  range: 'aaaa..bbbb',
  commits: { before: 'aaaa', after: 'bbbb' },
};

function row(changes: Partial<DashboardRow>): DashboardRow {
  return {
    cell: 'netvm, forward, 64 B, rfc2544',
    metric: 'throughputPps',
    unit: 'pps',
    values: [10e6, 9.2e6],
    state: 'regressed',
    stateWords: 'regressed',
    change,
    newest: { startedAt: '2026-01-24T02:00:00.000Z', archive: 'run' },
    ...changes,
  };
}

function dashboardOf(rows: readonly DashboardRow[]): Dashboard {
  return {
    command: './netvm dashboard',
    madeAt: '2026-01-24T02:00:00.000Z',
    minChange: 0.02,
    groups: [
      {
        testbed: 'local',
        fingerprint: '0123456789abcdef',
        host: 'Synthetic CPU, 2 cores',
        firstAt: '2026-01-01T02:00:00.000Z',
        differences: [],
        notes: [],
        rows,
      },
    ],
    problems: [],
  };
}
