import { expect, test } from 'vitest';
import { cellWords } from '../model/cell.ts';
import { BadInput } from '../model/errors.ts';
import { readOverride } from './document.ts';
import { expand } from './expand.ts';
import { parseProfile } from './parse.ts';

const text = `schema: profile/1
name: p
dataplanes: [netvm, vhost-user, forwarder]
chains: [[forward], [forward, firewall, monitor]]
frameSizesBytes: [64]
lineRate: 10 Gbit/s
method: { name: mrr }
`;

const parsed = (...sets: readonly string[]) =>
  parseProfile(new TextEncoder().encode(text), 'p.yaml', sets.map(readOverride));

/** The problems as the user sees them, without their place. */
function problems(...sets: readonly string[]): string[] {
  try {
    parsed(...sets);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n').map((line) => line.replace(/^\S+ /, ''));
    throw error;
  }
  return [];
}

test('a profile that says nothing of isolation is as it ever was', () => {
  expect(parsed()).not.toHaveProperty('isolations');
  expect(parsed('isolations=[process]')).toEqual(parsed());
  expect(expand(parsed('isolations=[process]'))).toEqual(expand(parsed()));
});

test('each isolation is a cell of NetVM, and changes no other data plane', () => {
  expect(expand(parsed('isolations=[process, inline]')).cells.map(cellWords)).toEqual([
    'forwarder, no NF, 64 B, mrr',
    'netvm, forward, 64 B, mrr',
    'netvm, forward, isolation inline, 64 B, mrr',
    'vhost-user, forward, 64 B, mrr',
    'netvm, forward > firewall > monitor, 64 B, mrr',
    'netvm, forward > firewall > monitor, isolation inline, 64 B, mrr',
    'vhost-user, forward > firewall > monitor, 64 B, mrr',
  ]);
  expect(expand(parsed('isolations=[inline]')).cells.map(({ isolation }) => isolation)).toEqual([
    'none',
    ...['inline', 'process', 'inline', 'process'],
  ]);
});

test('a chain is cut into so many trust domains, in processes and on NetVM only', () => {
  const sets = ['chains=[[forward, forward, monitor]]', 'trustDomains=[1, 2, 3]'];
  expect(expand(parsed(...sets)).cells.map(cellWords)).toEqual([
    'forwarder, no NF, 64 B, mrr',
    'netvm, forward > forward > monitor, 64 B, mrr',
    'netvm, forward > forward > monitor, 2 trust domains, 64 B, mrr',
    'netvm, forward > forward > monitor, 3 trust domains, 64 B, mrr',
    'vhost-user, forward > forward > monitor, 64 B, mrr',
  ]);
  const both = expand(parsed(...sets, 'isolations=[process, inline]')).cells;
  expect(both.filter(({ isolation }) => isolation === 'inline')).toHaveLength(1);
  expect(parsed('trustDomains=[1]')).toEqual(parsed());
});

test.each([
  [['isolations=[vm]'], 'expected one of process, inline, got "vm"'],
  [['isolations=[inlin]'], 'did you mean "inline"'],
  [['isolations=[]'], 'expected at least 1'],
  [['isolations=[inline, inline]'], 'isolations: "inline" is here twice'],
  [['isolations=[process, inline]', 'dataplanes=[vhost-user]'], 'isolations[1]: only netvm runs NFs inline'],
  [
    ['isolations=[inline]', 'dataplanes=[netvm]', 'method={name: reset, trialDuration: 1s, target: nf}'],
    'isolations[0]: an inline NF cannot be killed alone',
  ],
  [['trustDomains=[1, 2]'], 'trustDomains[1]: a chain of 1 cannot be cut into 2'],
  [['trustDomains=[9]'], 'expected at most 8'],
  [['trustDomains=[0]'], 'expected at least 1'],
  [['trustDomains=[1, 1]'], 'trustDomains: "1" is here twice'],
  [
    ['chains=[[forward, forward]]', 'trustDomains=[2]', 'dataplanes=[vhost-user]'],
    'trustDomains[0]: only netvm has trust domains',
  ],
  [
    ['chains=[[forward, forward]]', 'trustDomains=[2]', 'isolations=[inline]'],
    'trustDomains[0]: inline NFs share one memory',
  ],
])('refuses %j', (sets, words) => {
  expect(problems(...sets).join('\n')).toContain(words);
});
