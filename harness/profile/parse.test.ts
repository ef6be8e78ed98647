import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { fileBytesMax, readOverride } from './document.ts';
import { parseProfile } from './parse.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../profiles/quickstart.yaml'), 'utf8');
const bytes = (text: string) => new TextEncoder().encode(text);
const changed = (from: string | RegExp, to: string) => {
  const text = shipped.replace(from, to);
  expect(text).not.toBe(shipped);
  return text;
};

/** The problems as the user sees them. */
function problems(input: string | Uint8Array, sets: readonly string[] = []): string[] {
  try {
    parseProfile(typeof input === 'string' ? bytes(input) : input, 'p.yaml', sets.map(readOverride));
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** Where that text stands in the text, as the messages give it. */
function place(text: string, needle: string): string {
  const before = text.slice(0, text.indexOf(needle)).split('\n');
  return `p.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}: `;
}

test('the quickstart profile is resolved into canonical units', () => {
  expect(parseProfile(bytes(shipped), 'p.yaml')).toEqual({
    schema: 'profile/1',
    name: 'quickstart',
    description: 'NetVM and vhost-user side by side on a virtual 10 Gbit/s wire',
    dataplanes: ['netvm', 'vhost-user'],
    chains: [
      ['forward'],
      ['forward', 'firewall', 'monitor'],
      ['forward', 'firewall', 'monitor', 'forward', 'forward'],
    ],
    frameSizesBytes: [64, 1518],
    lineRateBps: 10e9,
    generator: 'native',
    flows: 1024,
    method: {
      name: 'rfc2544',
      trialDurationMs: 250,
      resolutionRatio: 0.02,
      lossRatio: 0,
      goals: [
        {
          lossRatio: 0,
          exceedRatio: 0,
          initialTrialDurationMs: 250,
          finalTrialDurationMs: 250,
          durationSumMs: 500,
          widthRatio: 0.02,
        },
      ],
      minLoadRatio: 0.001,
      maxLoadRatio: 1,
      maxRepeats: 6,
      drainMs: 50,
    },
    latency: {
      loadsPercent: [10, 50, 90],
      durationMs: 500,
      repetitions: 1,
      stampEvery: 64,
      frameSizesBytes: [64],
    },
    generatorCeiling: { runs: 3, durationMs: 300 },
  });
});

test('sizes of pages are resolved into bytes, and refused where no data plane has any', () => {
  const sized = (sizes: string) => `${shipped}\nhugePageSizes: ${sizes}\n`;
  expect(parseProfile(bytes(sized('[4 KB, 1 GB]')), 'p.yaml').hugePageSizesBytes).toEqual([4096, 2 ** 30]);
  expect(parseProfile(bytes(shipped), 'p.yaml')).not.toHaveProperty('hugePageSizesBytes');
  const twice = sized('[2 MB, 2 MB]');
  expect(problems(twice)).toEqual([`${place(twice, '2 MB]')}hugePageSizes: "2 MB" is here twice`]);
  const unknown = sized('[1 MB]');
  expect(problems(unknown)).toEqual([
    `${place(unknown, '1 MB]')}hugePageSizes[0]: expected one of 4 KB, 2 MB, 1 GB, got "1 MB"; did you mean "2 MB"?`,
  ]);
  const without = sized('[4 KB]').replace('[netvm, vhost-user]', '[vhost-user]');
  expect(problems(without)).toEqual([
    `${place(without, '[4 KB]')}hugePageSizes: only netvm has a region, and dataplanes are vhost-user`,
  ]);
});

test('what is left out has its default, and no latency section means none', () => {
  const short = `schema: profile/1
name: short
dataplanes: [forwarder]
chains: [[forward]]
frameSizesBytes: [64]
lineRate: unpaced
method: {name: mrr, trialDuration: 1 s}
`;
  expect(parseProfile(bytes(short), 'p.yaml')).toMatchObject({
    description: '',
    lineRateBps: 0,
    flows: 1024,
    method: { trialDurationMs: 1000, resolutionRatio: 0.02, lossRatio: 0, maxRepeats: 6, drainMs: 50 },
    latency: null,
    generatorCeiling: { runs: 3, durationMs: 300 },
  });
});

describe('bad input is refused with its place, what was expected and the nearest name', () => {
  const cases: [string, string, string, string, string][] = [
    ['unknown key', 'lineRate:', 'linerat:', 'linerat', 'unknown key "linerat"; did you mean "lineRate"?'],
    ['unknown key inside', '  resolution:', '  reslution:', 'reslution', 'did you mean "resolution"?'],
    ['unknown NF', '- [forward]', '- [foward]', 'foward', 'got "foward"; did you mean "forward"?'],
    ['unknown data plane', '[netvm,', '[net-vn,', 'net-vn', 'got "net-vn"; did you mean "netvm"?'],
    ['number without unit', '250 ms', '250', '250', 'method.trialDuration: expected a time with its unit'],
    ['wrong unit', '10 Gbit/s\nflows', '10 Gbps\nflows', '10 Gbps\nflows', 'units: kbit/s, Mbit/s, Gbit/s'],
    ['time for a rate', '10 Gbit/s\nflows', '10 ms\nflows', '10 ms\nflows', 'expected a rate with its unit'],
    ['out of range', '[64, 1518]', '[63, 1518]', '63', 'expected at least 64, got 63'],
    ['too long a trial', '250 ms', '11 min', '11 min', 'expected a time from 10 ms to 10 min, got 11 min'],
    ['not a whole number', '1024', '10.5', '10.5', 'flows: expected a whole number, got the number 10.5'],
    ['wrong type', 'flows: 1024', 'flows: many', 'many', 'flows: expected a number, got "many"'],
    [
      'a list for a mapping',
      /method:[^]*maxRepeats: 6/.source,
      'method: [1]',
      '[1]',
      'expected a mapping, got a list',
    ],
    ['wrong format', 'profile/1', 'profile/2', 'profile/2', 'schema: expected profile/1, got "profile/2"'],
    ['twice', '[netvm, vhost-user]', '[netvm, netvm]', 'netvm]', 'dataplanes: "netvm" is here twice'],
    ['latency of nothing', 'frameSizesBytes: [64]', 'frameSizesBytes: [128]', '128', 'not among the profile'],
    ['missing', 'lineRate: 10 Gbit/s\n', '', '# yaml', 'the key "lineRate" is missing'],
  ];
  test.each(cases)('%s', (_name, from, to, at, message) => {
    const text = changed(from.includes('[^]') ? new RegExp(from) : from, to);
    const found = problems(text);
    expect(found).toHaveLength(1);
    // A missing key stands nowhere: the mapping that lacks it begins after the comments.
    const where = at === '# yaml' ? place(text, 'schema: profile') : place(text, at);
    expect(found[0]).toContain(where);
    expect(found[0]).toContain(message);
  });

  test('every problem at once, in the order of the file', () => {
    const text = changed('[netvm,', '[netvn,').replace('1024', '0').replace('10 %, 50', '10, 50');
    expect(problems(text).map((line) => line.split(': ')[1])).toEqual([
      'dataplanes[0]',
      'flows',
      'latency.loads[0]',
    ]);
  });
});

describe('hostile input is refused', () => {
  const cases: [string, string | Uint8Array, string][] = [
    ['empty', '', 'p.yaml:1:1: the file is empty'],
    ['blank', ' \n\n', 'p.yaml:1:1: the file is empty'],
    ['only a comment', '# nothing\n', 'p.yaml:1:1: the file says nothing'],
    ['a list', '- 1\n', 'p.yaml:1:1: expected a mapping, got a list'],
    ['not YAML', 'a: [1\nb: 2\n', 'p.yaml:2:1: not YAML'],
    ['duplicate keys', 'a: 1\nb: 2\na: 3\n', 'p.yaml:3:1: this key is here twice'],
    ['an alias', 'a: &x [1]\nb: [*x, *x]\n', 'p.yaml:2:5: aliases are not understood'],
    ['a tag', 'a: !!js/function x\n', 'p.yaml:1:4: not YAML: Unresolved tag'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'p.yaml:2:1: not YAML'],
    [
      'not UTF-8',
      new Uint8Array([97, 58, 32, 49, 10, 98, 58, 32, 0xff]),
      'p.yaml:2:4: this byte is not UTF-8',
    ],
    ['too large', `a: ${'x'.repeat(fileBytesMax)}\n`, 'p.yaml:1:1: the file has'],
    ['deep in a line', '['.repeat(50_000), 'p.yaml:1:1: nested too deeply'],
    ['deep in lines', '[\n'.repeat(30_000), 'p.yaml:'],
    ['a prototype', changed('flows:', '__proto__: {a: 1}\nflows:'), 'unknown key "__proto__"'],
  ];
  test.each(cases)('%s', (_name, input, message) => {
    const found = problems(input);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(20);
    expect(found.join('\n')).toContain(message);
  });

  test('whatever the bytes, the answer is a profile or a problem with a place', () => {
    const texts = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }).map(bytes),
      fc
        .tuple(fc.nat(shipped.length), fc.nat(40), fc.string({ maxLength: 10 }))
        .map(([at, length, text]) => bytes(shipped.slice(0, at) + text + shipped.slice(at + length))),
    );
    fc.assert(
      fc.property(texts, (input) => {
        for (const line of problems(input).slice(0, 1)) expect(line).toMatch(/^p\.yaml:[1-9]\d*:[1-9]\d*: ./);
      }),
      { numRuns: 300 },
    );
  });
});

describe('--set', () => {
  test('overrides a value, and adds one that was left to its default', () => {
    const sets = ['method.trialDuration=1s', 'frameSizesBytes=[64, 128]', 'method.drain=5 ms'].map(
      readOverride,
    );
    const profile = parseProfile(bytes(shipped), 'p.yaml', sets);
    expect(profile.method).toMatchObject({ trialDurationMs: 1000, drainMs: 5 });
    expect(profile.frameSizesBytes).toEqual([64, 128]);
  });

  test('is named where it is wrong', () => {
    expect(problems(shipped, ['flows=x'])[0]).toBe('--set flows=x:1:7: flows: expected a number, got "x"');
    expect(problems(shipped, ['flow=3'])[0]).toMatch(
      /^--set flow=3:1:\d+: unknown key "flow"; did you mean "flows"/,
    );
    expect(problems(shipped, ['name.x=3'])[0]).toContain('this does not fit the file');
    expect(() => readOverride('flows')).toThrow('expected key=value');
  });
});
