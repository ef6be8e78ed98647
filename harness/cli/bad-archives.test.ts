import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../model/errors.ts';
import { createCheckout } from '../report/bundle/checkout.fixture.ts';
import { writeChecksums } from '../store/checksums.ts';
import { writeSoundArchive } from '../store/sound.fixture.ts';
import { bundle } from './bundle.ts';
import { compareCommand } from './compare.ts';
import { testContext } from './context.fixture.ts';
import { loadOrder } from './files.ts';
import { report } from './report.ts';
import { loadResumed } from './resume.ts';
import { trend } from './trend.ts';
import { verify } from './verify.ts';

/** Whatever an archive of anybody may be, each command that reads one says which file is wrong and why, or reads as far as it is sound and says that. */

let base = '';
let root = '';
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-bad-'));
  const checkout = createCheckout(join(base, 'checkout'));
  root = checkout.root;
  const profile = join(import.meta.dirname, '../../profiles/gate.yaml');
  const { plan, source, text } = loadOrder(profile);
  const run = { status: 'interrupted', profile: plan.profile, source } as const;
  await writeSoundArchive(join(base, 'sound'), { facts: { gitCommit: checkout.head }, run });
  // As the harness keeps it, or a run could not be resumed.
  writeFileSync(join(base, 'sound/profile.yaml'), text);
  await writeChecksums(join(base, 'sound'));
  await writeSoundArchive(join(base, 'other'), { run: { id: 'other' } });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const commands = ['report', 'compare', 'bundle', 'verify', 'trend', 'resume'] as const;
type CommandName = (typeof commands)[number];

interface Told {
  readonly code: number;
  /** All that it said, wrote and printed. */
  readonly text: string;
}

/** One command on the archive `results/run` below a directory of its own. */
async function told(command: CommandName, parent: string): Promise<Told> {
  const context = { ...testContext(), root };
  const dir = join(parent, 'results/run');
  const out = join(parent, 'out');
  const run = async () => {
    switch (command) {
      case 'report':
        return report(context, [dir], { out });
      case 'compare':
        return compareCommand(context, [join(base, 'other'), dir], { confidence: '95%' });
      case 'bundle':
        return bundle(context, dir, { out });
      case 'verify':
        return verify(context, dir, {});
      case 'trend':
        return trend(context, join(parent, 'results'), { runs: '365', minChange: '2%' });
      case 'resume':
        await loadResumed(dir);
        return 0;
    }
  };
  const ended = await run().then(
    (code) => ({ code, error: '' }),
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return { code: error.code, error: error.message };
    },
  );
  const page = command === 'report' && ended.code === 0 ? readFileSync(out, 'utf8') : '';
  return { code: ended.code, text: [...context.said, ...context.printed, ended.error, page].join('\n') };
}

const edit = (file: string, from: string | RegExp, to: string) => (dir: string) => {
  const text = readFileSync(join(dir, file), 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to change in ${file}`);
  writeFileSync(join(dir, file), changed);
};
const edited = edit('run.json', '"pps": 1000000', '"pps": 2000000');

/** `refused`: exit 2 with the reason; `says`: exit 0, and the reason is told; `ignores`: what is damaged is not read by it. */
type Outcome = 'refused' | 'says' | 'ignores';

interface Damage {
  readonly name: string;
  readonly harm: (dir: string) => void | Promise<void>;
  /** The file, and the reason. */
  readonly expected: RegExp;
  readonly outcomes: Readonly<Record<CommandName, Outcome>>;
}

const all = (outcome: Outcome, others: Partial<Record<CommandName, Outcome>> = {}): Damage['outcomes'] => ({
  ...{ report: outcome, compare: outcome, bundle: outcome, verify: outcome, resume: outcome },
  // A directory of runs is read without those that are no good, and says so.
  trend: 'says',
  ...others,
});

const damages: readonly Damage[] = [
  {
    name: 'run.json is missing',
    harm: (dir) => rmSync(join(dir, 'run.json')),
    expected: /run\.json.* is missing/,
    outcomes: all('refused'),
  },
  {
    name: 'run.json is truncated',
    harm: (dir) => truncateSync(join(dir, 'run.json'), 300),
    expected: /run\.json.* is truncated or not JSON/,
    outcomes: all('refused'),
  },
  {
    name: 'run.json was edited',
    harm: edited,
    expected: /run\.json.* was changed after the run/,
    outcomes: all('refused'),
  },
  {
    name: 'run.json was edited and the sums mended',
    harm: async (dir) => {
      edited(dir);
      await writeChecksums(dir);
    },
    expected: /run\.json.* its throughput is not what was offered in its trial/,
    // Whole and of the right shape: what does not agree is found by those who are asked to look.
    outcomes: {
      report: 'ignores',
      compare: 'ignores',
      bundle: 'refused',
      verify: 'refused',
      trend: 'ignores',
      resume: 'ignores',
    },
  },
  {
    name: 'a directory of something else',
    harm: (dir) => writeFileSync(join(dir, 'run.json'), '{"benchmarks": []}'),
    expected: /run\.json.* is not a run of this harness/,
    outcomes: all('refused'),
  },
  {
    name: 'a run of a newer schema',
    harm: edit('run.json', 'run/1', 'run/2'),
    expected: /run\.json.* is of schema run\/2, and this harness reads run\/1/,
    outcomes: all('refused'),
  },
  {
    name: 'run.json is a link',
    harm: (dir) => {
      renameSync(join(dir, 'run.json'), join(dir, '../../elsewhere.json'));
      symlinkSync('../../elsewhere.json', join(dir, 'run.json'));
    },
    expected: /run\.json.* is a symbolic link: it is not followed/,
    outcomes: all('refused'),
  },
  {
    name: 'run.json is gigantic',
    harm: (dir) => truncateSync(join(dir, 'run.json'), 2 ** 40),
    expected: /run\.json.* (has 1099511627776 bytes|is no plain file of at most)/,
    outcomes: all('refused'),
  },
  {
    name: 'trials.jsonl is gigantic',
    harm: (dir) => truncateSync(join(dir, 'trials.jsonl'), 2 ** 40),
    expected: /trials\.jsonl.* has 1099511627776 bytes/,
    outcomes: all('refused', { compare: 'says', trend: 'ignores' }),
  },
  {
    name: 'a trial in the middle is torn',
    harm: edit('trials.jsonl', /"purpose":"search".*\n/, '\n'),
    expected: /trials\.jsonl.*( was changed after the run|:1 is truncated or not JSON)/,
    outcomes: all('refused', { compare: 'says', trend: 'ignores' }),
  },
  {
    name: 'the last trial is torn, and was when the harness was killed',
    harm: (dir) => {
      appendFileSync(join(dir, 'trials.jsonl'), '{"cell":{"dataplane":"net');
      rmSync(join(dir, 'SHA256SUMS'));
    },
    expected: /(trials\.jsonl.* is torn|SHA256SUMS.* is missing: the run)/,
    outcomes: {
      report: 'says',
      compare: 'says',
      bundle: 'refused',
      verify: 'refused',
      trend: 'says',
      resume: 'ignores',
    },
  },
  {
    name: 'facts.json is missing',
    harm: (dir) => rmSync(join(dir, 'facts.json')),
    expected: /facts\.json.* is missing/,
    outcomes: all('refused', { report: 'says', compare: 'says' }),
  },
  {
    name: 'facts.json was edited',
    harm: edit('facts.json', 'Synthetic CPU', 'Another CPU'),
    expected: /facts\.json.* was changed after the run/,
    outcomes: all('refused', { report: 'says', compare: 'says' }),
  },
  {
    name: 'a latency log is torn',
    harm: (dir) => truncateSync(join(dir, 'latency/0-10pct.hlog'), 200),
    expected: /latency\/0-10pct\.hlog.* was changed after the run/,
    outcomes: all('refused', { report: 'says', compare: 'says', trend: 'ignores' }),
  },
  {
    name: 'a latency log is torn and the sums mended',
    harm: async (dir) => {
      truncateSync(join(dir, 'latency/0-10pct.hlog'), 200);
      await writeChecksums(dir);
    },
    expected: /latency\/0-10pct\.hlog is torn, or no latency log/,
    outcomes: {
      report: 'ignores',
      compare: 'ignores',
      bundle: 'refused',
      verify: 'refused',
      trend: 'ignores',
      resume: 'ignores',
    },
  },
  {
    name: 'a latency log is a link',
    harm: (dir) => {
      renameSync(join(dir, 'latency/0-10pct.hlog'), join(dir, '../../elsewhere.hlog'));
      symlinkSync('../../../elsewhere.hlog', join(dir, 'latency/0-10pct.hlog'));
    },
    expected: /latency\/0-10pct\.hlog.* (is missing|is a symbolic link)/,
    outcomes: all('refused', { report: 'says', compare: 'says', trend: 'ignores' }),
  },
  {
    name: 'SHA256SUMS is a link',
    harm: (dir) => {
      rmSync(join(dir, 'SHA256SUMS'));
      symlinkSync('/etc/passwd', join(dir, 'SHA256SUMS'));
    },
    expected: /SHA256SUMS.* is a symbolic link: it is not followed/,
    outcomes: all('refused'),
  },
];

function damaged({ harm }: Pick<Damage, 'harm'>): Promise<string> | string {
  const parent = mkdtempSync(join(base, 'damage-'));
  mkdirSync(join(parent, 'results'));
  cpSync(join(base, 'sound'), join(parent, 'results/run'), { recursive: true });
  const done = harm(join(parent, 'results/run'));
  return done === undefined ? parent : done.then(() => parent);
}

test.each(commands)('%s takes the archive as it was', async (command) => {
  expect(await told(command, await damaged({ harm: () => {} }))).toMatchObject({ code: 0 });
});

describe.each(damages)('$name', (damage) => {
  test.each(commands)('%s', async (command) => {
    const outcome = damage.outcomes[command];
    const { code, text } = await told(command, await damaged(damage));
    expect(code, text).toBe(outcome === 'refused' ? 2 : 0);
    if (outcome === 'ignores') expect(text).not.toMatch(damage.expected);
    else expect(text).toMatch(damage.expected);
  });
});

test('what an archive calls itself steers no terminal', async () => {
  const dir = join(base, 'steering');
  await writeSoundArchive(dir, { run: { id: 'x\u001b[2J\u202e\u009b31m' } });
  const context = testContext();
  expect(await verify({ ...context, root }, dir, {})).toBe(0);
  expect(context.printed.join('')).toContain('sound: run x\ufffd[2J');
  expect(context.printed.join('')).not.toMatch(/[\u001b\u009b\u202e]/);
});
