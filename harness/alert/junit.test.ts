import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { junit } from './junit.ts';

test('a suite has its totals, and each case its outcome', () => {
  const text = junit('netvm gate', [
    { name: 'netvm forward 64 B', outcome: 'passed', seconds: 12.3456 },
    { name: 'netvm firewall 64 B', outcome: 'failed', message: '-4.1 % <beyond> the floor', seconds: 8 },
    { name: 'netvm dpi 64 B', outcome: 'skipped', message: 'no data', seconds: 0 },
  ]);
  expect(text).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="netvm gate" tests="3" failures="1" errors="0" time="20.346">',
      '<testsuite name="netvm gate" tests="3" failures="1" errors="0" skipped="1" time="20.346">',
      '  <testcase classname="netvm gate" name="netvm forward 64 B" time="12.346"/>',
      '  <testcase classname="netvm gate" name="netvm firewall 64 B" time="8.000"><failure message="-4.1 % &#60;beyond&#62; the floor" type="failure">-4.1 % &#60;beyond&#62; the floor</failure></testcase>',
      '  <testcase classname="netvm gate" name="netvm dpi 64 B" time="0.000"><skipped message="no data"/></testcase>',
      '</testsuite>',
      '</testsuites>',
      '',
    ].join('\n'),
  );
});

/** Everything but what would be read back as itself: names come from archives of anybody. */
const anyText = fc.string({ unit: 'binary', maxLength: 40 });

test('whatever names say, a parser finds the cases and outcomes that were put in', () => {
  const anyCase = fc.record({
    name: anyText,
    outcome: fc.constantFrom('passed', 'failed', 'skipped'),
    message: anyText,
    seconds: fc.double(),
  });
  const files = fc.sample(fc.tuple(anyText, fc.array(anyCase, { maxLength: 5 })), { numRuns: 40, seed: 7 });
  const dir = mkdtempSync(join(tmpdir(), 'netvm-junit-'));
  try {
    files.forEach(([suite, cases], i) => writeFileSync(join(dir, `${i}.xml`), junit(suite, cases)));
    const found = JSON.parse(
      execFileSync('python3', ['-c', readAll, dir], { encoding: 'utf8' }),
    ) as unknown[];
    expect(found).toEqual(files.map(([, cases]) => cases.map((one) => one.outcome)));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

const readAll = `
import json, os, sys
import xml.etree.ElementTree as tree
def outcome(case):
    tags = [child.tag for child in case]
    return {'failure': 'failed', 'skipped': 'skipped'}[tags[0]] if tags else 'passed'
names = sorted(os.listdir(sys.argv[1]), key=lambda name: int(name.split('.')[0]))
def cases(name):
    root = tree.parse(os.path.join(sys.argv[1], name)).getroot()
    found = root.findall('./testsuite/testcase')
    assert root.tag == 'testsuites' and int(root.get('tests')) == len(found)
    assert all(float(case.get('time')) >= 0 for case in found)
    return [outcome(case) for case in found]
print(json.dumps([cases(name) for name in names]))
`;
