import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { writeReport } from './html.ts';

let dir = '';
let page = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-report-'));
  page = await report('whole', syntheticRun());
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

test('one file that fetches nothing and holds no script', async () => {
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\son[a-z]+=|javascript:/i);
  const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address);
  expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']));
  expect((await stat(join(dir, 'whole.html'))).size).toBeLessThan(2 * 2 ** 20);
});

test('the first heading is the result', () => {
  expect(/<h1[^>]*>([^<]+)</.exec(page)?.[1]).toMatch(
    /^NetVM carries 2\.4 to 4\.0 times what vhost-user does/,
  );
});

test('every chart says where its figures come from, and carries every cell that has one', () => {
  const charts = [...page.matchAll(/<svg focusable[\s\S]*?<\/svg>/g)].map(([svg]) => svg);
  expect(charts).toHaveLength(2 + 2 + 3);
  for (const chart of charts) expect(chart).toContain('>modelled · ');
  expect(marks(charts[0])).toBe(7);
  expect(marks(charts[1])).toBe(7);
  expect(marks(charts[2])).toBe(3);
  expect(marks(charts[3])).toBe(2);
  for (const latency of charts.slice(4)) expect(marks(latency)).toBe((7 + 1) * 4);
});

test("the wire's own latency stands beside the device's, in chart and table, and none is taken off", () => {
  expect(page).toMatch(/>The wire alone, 7\.44 Mpps: p50 1\.07 µs</);
  expect(page).toMatch(/>The wire alone, 13\.39 Mpps: p50 [^<]*; disturbed</);
  expect(page).toContain('>wire alone<');
  expect(page).toContain('It is part of every figure above it, and taken off none.');
  expect(page).toMatch(/<th scope="row">the wire<\/th>\s*<td>no device<\/td>/);
});

test('a report of a run that did not measure the wire says nothing of it', async () => {
  const { generator, ...run } = syntheticRun();
  if (generator === null) throw new Error('no generator');
  const { wireLatencyNs: _, ...older } = generator;
  const text = await report('older', { ...run, generator: older });
  expect(text).not.toMatch(/wire alone/i);
});

test('beside each verdict stands what it rests on, and the clock has its sentence', () => {
  const cells = /<section class="cells"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  expect(cells).toContain('valid; generator away 0.120 % of the time, device 0.310 %; no deadline missed');
  expect(cells).toMatch(
    /disturbed<\/span\s*>; generator away .* 17 over 1 ms, by 1\.30 ms at most; 30 ms stolen/,
  );
  expect(page).toContain('The counters of the two cores are 12 ns apart, give or take 28 ns.');
  expect(page).toContain('180 s, 1.06 times the 170 s expected');
});

test('the axis of received rates does not say that nothing was lost', async () => {
  expect(page).toContain('>Mpps without loss<');
  const run = syntheticRun();
  const results = run.results.map((r) => ({ ...r, cell: { ...r.cell, method: 'mrr' as const } }));
  const text = await report('mrr', { ...run, results });
  expect(text).toContain('>Mpps received<');
  expect(text).not.toContain('>Mpps without loss<');
});

test('percentiles of a disturbed trial are marked, though the cell is valid', () => {
  expect(page).toMatch(/NetVM, 5 NFs [^<]*, 90 % of [^<]*: p50 \S+ µs; disturbed</);
  expect(page).toMatch(/NetVM, 5 NFs [^<]*, 50 % of [^<]*: p50 \S+ µs</);
  const table = page.slice(page.indexOf('Latency of every valid and doubtful cell,'));
  expect(table).toMatch(/^[^]*?<td><span class="bad">disturbed<\/span><\/td>/);
});

test('a mark says its figure, unit and verdict', () => {
  expect(page).toContain(
    'NetVM, 3 NFs (forward → firewall → monitor): 10.02 Mpps, no loss at 10.02, loss at 10.32<',
  );
  expect(page).toMatch(/vhost-user, 5 NFs [^<]*; disturbed</);
  expect(page).toMatch(/vhost-user, 5 NFs [^<]*no figure; failed</);
});

test('what is not valid is named with its reason', () => {
  expect(page).toMatch(/<strong>failed<\/strong\s*>\. The switch did not start: synthetic reason\./);
  expect(page).toMatch(/<strong>disturbed<\/strong\s*>\. Packets were lost in gaps/);
});

test('the table has every cell, its loads, and where packets were lost', () => {
  const cells = /<section class="cells"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  expect(cells.split('<tr>').length - 2).toBe(syntheticRun().results.length);
  expect(cells).toContain('<code>netvm.ring.nf0</code> 1,234');
  expect(cells).toContain('none of 2,505,799');
  expect(cells).toMatch(/>55 → 310<small>3\.20 → 3\.15 GHz<\/small>/);
  expect(cells).toContain('rates of cells with different distances are not comparable one to one');
  for (const title of ['Core to core, ns', 'Intended', 'Offered', 'Received', 'Verdict', 'Trials'])
    expect(cells).toContain(`>${title}<`);
});

test('where several cores send, the report says which, and whose distance it shows', async () => {
  const { generator, ...run } = syntheticRun();
  if (generator === null) throw new Error('no generator');
  const cores = { txCores: [2, 3], rxCores: [4] };
  const text = await report('several', { ...run, generator: { ...generator, ...cores } });
  expect(text).toContain(
    'It sent on cores 2 and 3, each with a queue of the wire, and received on core 4; distance,',
  );
  expect(page).not.toContain('It sent on');
});

test('where NFs had cores of their own, the report says which', async () => {
  const device = { core: 1, nfCores: [2, 3] };
  const text = await report('own-cores', { ...syntheticRun(), device });
  expect(text).toContain('data plane on core 1, NFs on cores 2 and 3 in the order of the chain');
  expect(page).not.toContain('Cores of the device');
});

test('generator, machine, jitter and command are there', () => {
  expect(page).toContain('the median of 20.40, 20.10 and 19.70 Mpps');
  expect(page).toContain('35 % above the wire');
  expect(page).toContain('A cache line took 55 ns between the two cores and back');
  expect(page).toContain('Synthetic CPU, 2 cores, virtual (kvm)');
  expect(page).toMatch(/Gaps over 10 µs in an idle loop/);
  expect(page).toContain('<code>./netvm quickstart</code>');
});

test('a run that went on after it had been stopped says so, and what is of its last part', async () => {
  expect(page).not.toContain('Went on');
  const text = await report('resumed', { ...syntheticRun(), resumedAt: ['2026-11-24T08:00:00.000Z'] });
  expect(text).toMatch(
    /Went on<[\s\S]*?2026-11-24T08:00:00\.000Z, after it had been stopped; ceiling, gaps and clock/,
  );
});

test('of several latency trials it says how many, and how many of them are not valid', async () => {
  const run = syntheticRun();
  const repetitions = {
    ...{ typicalNs: [1, 2, 3], worstCaseNs: [4, 5, 6], pdvNs: [7, 8, 9] },
    verdicts: ['valid', 'disturbed', 'valid'] as const,
  };
  const figures = { typicalNs: 2, worstCaseNs: 5, pdvNs: 8, repetitions };
  const results = run.results.map((result) => ({
    ...result,
    latencyNs: Object.fromEntries(
      Object.entries(result.latencyNs).map(([load, summary]) => [load, { ...summary, ...figures }]),
    ),
  }));
  expect(await report('repeated', { ...run, results })).toContain(
    'medians of 3 trials, 1 of them not valid, whose variation was 7 ns to 9 ns',
  );
});

test('a virtual wire comes with the sentence on what it cannot prove', async () => {
  expect(page).not.toContain('virtual wire');
  const run = syntheticRun();
  const results = run.results.map((result) => ({ ...result, provenance: 'measured-virtual' as const }));
  const text = await report('virtual', { ...run, results });
  expect(text).toContain('It cannot prove anything about a network card, PCIe, interrupts or cabling');
  expect(text).toContain('virtual 10 Gbit/s wire');
});

test('a hostile archive stays text', async () => {
  const attack = `"'><script>alert(1)</script><img src=x onerror=alert(1)>\`\${1}</title></svg></style>`;
  const run = syntheticRun();
  const text = await report('hostile', {
    ...run,
    id: attack,
    command: attack,
    testbed: attack,
    profile: { lineRateBps: 10e9, [attack]: attack },
    generator: run.generator && { ...run.generator, name: attack, version: attack },
    results: run.results.map((result) => ({
      ...result,
      reason: attack,
      verdict: 'disturbed',
      cell: { ...result.cell, nfs: result.cell.nfs.map((nf) => nf + attack) },
      books: result.books && { ...result.books, drops: { [attack]: 3 } },
    })),
  });
  expect(text).not.toMatch(/<script|<img/i);
  expect(text.match(/<\/title>/g)?.length).toBe(text.match(/<title[ >]/g)?.length);
  expect(text.match(/<\/svg>/g)?.length).toBe(text.match(/<svg[ >]/g)?.length);
  expect(text.match(/<\/style>/g)).toHaveLength(1);
  expect(text).toContain('&#60;script&#62;');
});

test('an interrupted run and a damaged archive are told at the top', async () => {
  const text = await report('interrupted', { ...syntheticRun(), status: 'interrupted', finishedAt: null });
  expect(text).toMatch(/The run is interrupted<\/strong ?>: cells that were not measured are missing/);
  await appendFile(join(dir, 'interrupted', 'trials.jsonl'), '{"torn');
  await writeReport([join(dir, 'interrupted')], join(dir, 'damaged.html'));
  expect(await read('damaged')).toMatch(/<code>trials\.jsonl<\/code> line \d+ is torn/);
});

test.each([
  ['no results', (run: Run): Run => ({ ...run, results: [], generator: null, jitter: [] })],
  [
    'only failures',
    (run: Run): Run => ({ ...run, results: run.results.filter((r) => r.verdict === 'failed') }),
  ],
  ['one cell', (run: Run): Run => ({ ...run, results: run.results.slice(0, 1) })],
  ['an unpaced wire', (run: Run): Run => ({ ...run, profile: null })],
  ['chains of one length', (run: Run): Run => ({ ...run, results: sameLength(run) })],
  ['zero throughput', (run: Run): Run => ({ ...run, results: run.results.map(withoutPackets) })],
])('a run with %s makes a page', async (name, change) => {
  expect(await report(name, change(syntheticRun()))).toMatch(/<\/html>\s*$/);
});

test('several runs stand side by side, numbered', async () => {
  await report('second', { ...syntheticRun(), id: 'synthetic-second' });
  await writeReport([join(dir, 'whole'), join(dir, 'second')], join(dir, 'both.html'));
  const text = await read('both');
  for (const part of ['NetVM · run 1', 'NetVM · run 2', 'Every cell of run 2', 'synthetic-second']) {
    expect(text).toContain(part);
  }
  const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the same archive makes the same page', async () => {
  await writeReport([join(dir, 'whole')], join(dir, 'again.html'));
  expect(await read('again')).toBe(page);
});

test('bad input is refused and writes nothing', async () => {
  const before = await readdir(dir);
  await expect(writeReport([], join(dir, 'none.html'))).rejects.toMatchObject({ code: 2 });
  await expect(writeReport([join(dir, 'absent')], join(dir, 'none.html'))).rejects.toThrow(
    /run\.json is missing/,
  );
  await expect(writeReport([join(dir, 'whole')], dir)).rejects.toThrow(/is a directory/);
  expect(await readdir(dir)).toEqual(before);
});

async function report(name: string, run: Run): Promise<string> {
  await mkdir(dir, { recursive: true });
  await writeSyntheticArchive(join(dir, name), run);
  await writeReport([join(dir, name)], join(dir, `${name}.html`));
  return read(name);
}

/** The page with every run of spaces as one, as a browser shows it. */
async function read(name: string): Promise<string> {
  return (await readFile(join(dir, `${name}.html`), 'utf8')).replace(/\s+/g, ' ');
}

/** Marks that carry a figure: the others are hidden from screen readers, or are text. */
function marks(svg = ''): number {
  return svg.match(/<path aria-label=/g)?.length ?? 0;
}

function sameLength(run: Run): Run['results'] {
  return run.results.map((result, index) => ({
    ...result,
    cell: { ...result.cell, nfs: ['forward', 'firewall', 'monitor'].with(index % 3, 'monitor') },
  }));
}

function withoutPackets(result: Run['results'][number]): Run['results'][number] {
  return { ...result, throughput: { pps: 0, gbps: 0, lowerPps: 0, upperPps: 100_000 } };
}
