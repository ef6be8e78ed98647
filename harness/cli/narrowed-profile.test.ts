import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cellOf } from '../measure/context.ts';
import { cellKey } from '../model/cell.ts';
import { expand } from '../profile/expand.ts';
import { parseProfile } from '../profile/parse.ts';
import { narrowedProfile } from './narrowed-profile.ts';

const file = resolve(import.meta.dirname, '../../profiles/nightly.yaml');
const bytes = readFileSync(file);
const cells = expand(parseProfile(bytes, file)).cells;

test.each(cells.map((cell, index) => [index, cell] as const))(
  'cell %i alone is the same cell, with the same settings',
  (_, wanted) => {
    const text = narrowedProfile(bytes, file, [cellOf(wanted)], ['throughputPps']);
    const profile = parseProfile(new TextEncoder().encode(text), file);
    expect(expand(profile).cells.map((cell) => cellKey(cellOf(cell)))).toEqual([cellKey(cellOf(wanted))]);
    const whole = parseProfile(bytes, file);
    expect([profile.method, profile.lineRateBps, profile.flows, profile.latency]).toEqual([
      whole.method,
      whole.lineRateBps,
      whole.flows,
      null,
    ]);
  },
);

test('isolations are those of the cells alone, and of other data planes there are none', () => {
  const some = bytes.toString('utf8').replace(/^chains:/m, 'isolations: [process, vm]\nchains:');
  const all = expand(parseProfile(Buffer.from(some), file)).cells.map(cellOf);
  for (const dataplane of ['netvm', 'vhost-user'] as const) {
    const wanted = all.find((cell) => cell.dataplane === dataplane && cell.isolation === 'process');
    if (wanted === undefined) throw new Error(`expected a cell of ${dataplane}`);
    const text = narrowedProfile(Buffer.from(some), file, [wanted], ['throughputPps']);
    const left = expand(parseProfile(Buffer.from(text), file)).cells;
    expect(left.map((cell) => cellKey(cellOf(cell)))).toEqual([cellKey(wanted)]);
  }
});

test('a latency is measured where one is suspected; a capture stays where it is', () => {
  const [first] = cells;
  if (first === undefined) throw new Error('expected a cell');
  const replay = `${bytes.toString('utf8')}traffic:\n  replay: {file: captures/a.pcap, rate: load}\n`;
  const text = narrowedProfile(Buffer.from(replay), file, [cellOf(first)], ['latencyP99At50PercentNs']);
  expect(text).toContain('latency:');
  expect(text).toContain(join(file, '../captures/a.pcap'));
});
