import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBundleWorld, replace, type BundleWorld, verifyEdited } from './bundle-world.fixture.ts';

let world: BundleWorld;

beforeAll(async () => void (world = await createBundleWorld()));
afterAll(() => world.remove());

test.each<[string, (dir: string) => void, ('run' | 'bundle')[], string, string]>([
  [
    'a figure',
    replace('run/run.json', '"pps": 1000000', '"pps": 2000000'),
    [],
    'run/run.json',
    'was changed: it does not match MANIFEST.json',
  ],
  [
    'a figure, the bundle’s sums mended',
    replace('run/run.json', '"pps": 1000000', '"pps": 2000000'),
    ['bundle'],
    'run/run.json',
    'was changed after the run',
  ],
  [
    'a figure, all sums mended',
    replace('run/run.json', '"pps": 1000000', '"pps": 2000000'),
    ['run', 'bundle'],
    'run/run.json',
    'its throughput is not what was offered in its trial',
  ],
  [
    'a latency, all sums mended',
    replace('run/run.json', /"p99": [0-9.]+(?=[^}]*0-10pct)/, '"p99": 5'),
    ['run', 'bundle'],
    'run/run.json',
    'its latency at 10 % is that of no trial',
  ],
  [
    'another percentile, all sums mended',
    replace('run/run.json', /"p90": [0-9.]+(?=[^}]*0-10pct)/, '"p90": 5'),
    ['run', 'bundle'],
    'run/run.json',
    'its latency at 10 % is that of no trial',
  ],
  [
    'a percentile in run and trial alike, all sums mended',
    (dir) => {
      replace('run/run.json', /"p90": [0-9.]+(?=[^}]*0-10pct)/, '"p90": 5')(dir);
      replace('run/trials.jsonl', /"p90":[0-9.]+/, '"p90":5')(dir);
    },
    ['run', 'bundle'],
    'run/run.json',
    'latency/0-10pct.hlog is not what its percentiles are of',
  ],
  [
    'a typical latency, all sums mended',
    replace('run/run.json', /(0-10pct[^}]*"typicalNs": )[0-9.]+/, '$17'),
    ['run', 'bundle'],
    'run/run.json',
    'its latency at 10 % has typical or worst cases of no trials',
  ],
  [
    'a rate in Gbit/s, all sums mended',
    replace('run/run.json', /"gbps": [0-9.]+/, '"gbps": 5'),
    ['run', 'bundle'],
    'run/run.json',
    'its rate in Gbit/s is not that of its packet rate',
  ],
  [
    'an upper bound, all sums mended',
    replace('run/run.json', '"upperPps": 2000000', '"upperPps": 900000'),
    ['run', 'bundle'],
    'run/run.json',
    'its throughput or lower bound lies above its upper bound',
  ],
  [
    'books, all sums mended',
    replace('run/run.json', '"duplicates": 0', '"duplicates": 7'),
    ['run', 'bundle'],
    'run/run.json',
    'its books are not those of the trial that its loads are of',
  ],
  [
    'disturbed trials, all sums mended',
    replace('run/run.json', '"trialsDisturbed": 0', '"trialsDisturbed": 1'),
    ['run', 'bundle'],
    'run/run.json',
    'it says 1 disturbed trials, and trials.jsonl has 0',
  ],
  [
    'a mean, all sums mended',
    replace('run/run.json', '"mean": 3100000', '"mean": 4100000'),
    ['run', 'bundle'],
    'run/run.json',
    'its mean is not that of its received rates',
  ],
  [
    'a latency log, all sums mended',
    replace('run/latency/0-10pct.hlog', /HIST.{20}/, 'HIST'),
    ['run', 'bundle'],
    'run/run.json',
    'latency/0-10pct.hlog is torn, or no latency log',
  ],
  [
    'trials that are gone, all sums mended',
    replace('run/trials.jsonl', /^.*\n/, ''),
    ['run', 'bundle'],
    'run/run.json',
    'it says 4 trials, and trials.jsonl has 3',
  ],
  [
    'the report, its sums mended',
    replace('report/report.html', '0.67', '6.72'),
    ['bundle'],
    'report/report.html',
    'is not what the data give',
  ],
  [
    'the source, its sums mended',
    replace('source/source.tar', 'comment=', 'Comment='),
    ['bundle'],
    'source/source.tar',
    'is of commit unknown',
  ],
  [
    'what is in the source, its sums mended',
    replace('source/source.tar', 'as it was', 'as it wos'),
    ['bundle'],
    'source/source.tar',
    'is not what git archives of commit',
  ],
  [
    'changes that are not there',
    replace('MANIFEST.json', '"state": "complete"', '"state": "complete-with-changes"'),
    ['bundle'],
    'source/changes.patch',
    'is missing, and the manifest says that the source comes with it',
  ],
  [
    'another commit in the manifest',
    replace('MANIFEST.json', /"commit": "[0-9a-f]{40}"/, `"commit": "${'e'.repeat(40)}"`),
    ['bundle'],
    'MANIFEST.json',
    `says that the run is of commit ${'e'.repeat(40)}, and run/facts.json is of`,
  ],
  [
    'a file that is listed twice',
    replace('MANIFEST.json', /"files": \[\s*(\{[^}]*\})/, '"files": [$1, $1'),
    [],
    'MANIFEST.json',
    'does not follow schema bundle/1: files.1.path: "LICENSE" is listed twice',
  ],
  [
    'a size in the manifest',
    replace('MANIFEST.json', /"bytes": [0-9]+/, '"bytes": 1'),
    [],
    'LICENSE',
    'bytes, and there 1',
  ],
  [
    'a script in the report of another version',
    (dir) => {
      replace('report/report.html', '</body>', '<script>alert(1)</script></body>')(dir);
      replace('MANIFEST.json', /("harness": \{[^}]*"commit": )"[0-9a-f]+"/, '$1null')(dir);
    },
    ['bundle'],
    'report/report.html',
    'has an element <script>: no report has, whatever made it',
  ],
  [
    'another run in the manifest',
    replace('MANIFEST.json', '"id": "sound-fixture"', '"id": "another"'),
    ['bundle'],
    'MANIFEST.json',
    'says that the run is another, and run/run.json is sound-fixture',
  ],
  [
    'a file that was added',
    (dir) => writeFileSync(join(dir, 'run/more.txt'), 'x'),
    [],
    'run/more.txt',
    'is not in MANIFEST.json: added later',
  ],
  ['a file that was taken away', (dir) => rmSync(join(dir, 'LICENSE')), [], 'LICENSE', 'is missing'],
  [
    'sums of its own',
    (dir) => appendFileSync(join(dir, 'SHA256SUMS'), '\n'),
    [],
    'SHA256SUMS',
    'does not match MANIFEST.json',
  ],
  [
    'no manifest',
    (dir) => rmSync(join(dir, 'MANIFEST.json')),
    [],
    'MANIFEST.json',
    'is missing: this is no bundle of this harness',
  ],
  [
    'a manifest of a newer schema',
    replace('MANIFEST.json', 'bundle/1', 'bundle/2'),
    [],
    'MANIFEST.json',
    'does not follow schema bundle/1: schema',
  ],
  [
    'a manifest that leads outside',
    replace('MANIFEST.json', '"path": "LICENSE"', '"path": "../LICENSE"'),
    [],
    'MANIFEST.json',
    'does not follow schema bundle/1: files.0.path',
  ],
])('edited and refused: %s', async (_name, change, mend, file, problem) => {
  const found = await verifyEdited(world, change, mend);
  expect(found.verdict).toBe('refused');
  expect(found.problems).toContainEqual({ file, problem: expect.stringContaining(problem) });
  expect(readdirSync(world.scratch)).toEqual([]);
});
