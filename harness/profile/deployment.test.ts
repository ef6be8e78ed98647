import { expect, test } from 'vitest';
import { cellWords } from '../model/cell.ts';
import { BadInput } from '../model/errors.ts';
import { provenanceOf } from '../model/run.ts';
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

test('NFs behind virtio are in virtual machines, however those of NetVM run', () => {
  const { cells } = expand(
    parsed('dataplanes=[virtio, virtio-kernel, virtio-tap, netvm]', 'chains=[[forward]]'),
  );
  expect(cells.map(({ dataplane, isolation }) => [dataplane, isolation])).toEqual([
    ...[
      ['virtio', 'vm'],
      ['virtio-kernel', 'vm'],
      ['virtio-tap', 'vm'],
      ['netvm', 'process'],
    ],
  ]);
  expect(cells.map((cell) => provenanceOf(cell, 'tcg'))).toEqual([
    ...['emulated', 'emulated', 'emulated', 'measured-virtual'],
  ]);
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

test('NFs in microvms and virtual machines have the variants that those in processes have', () => {
  const sets = ['dataplanes=[netvm, vhost-user]', 'chains=[[forward, monitor]]', 'trustDomains=[2]'];
  const more = [
    'isolations=[vm, microvm, inline]',
    'instances=[2]',
    'flowEntries=[5]',
    'schedulings=[adaptive]',
  ];
  const variant = '2 trust domains, 2 instances each, 5 flows in its table, scheduling adaptive, 64 B, mrr';
  expect(expand(parsed(...sets, ...more)).cells.map(cellWords)).toEqual([
    `netvm, forward > monitor, isolation vm, ${variant}`,
    `netvm, forward > monitor, isolation microvm, ${variant}`,
    'netvm, forward > monitor, isolation inline, 64 B, mrr',
    'vhost-user, forward > monitor, 64 B, mrr',
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

test('instances, flow entries and schedulings are variants of NetVM in processes, and multiply', () => {
  const sets = ['dataplanes=[netvm, vhost-user]', 'chains=[[forward]]', 'isolations=[process, inline]'];
  const words = (...more: readonly string[]) => expand(parsed(...sets, ...more)).cells.map(cellWords);
  expect(words('instances=[1, 2]', 'flowEntries=[0, 1000000]', 'schedulings=[shared, adaptive]')).toEqual([
    'netvm, forward, 64 B, mrr',
    'netvm, forward, scheduling adaptive, 64 B, mrr',
    'netvm, forward, 1 M flows in its table, 64 B, mrr',
    'netvm, forward, 1 M flows in its table, scheduling adaptive, 64 B, mrr',
    'netvm, forward, 2 instances each, 64 B, mrr',
    'netvm, forward, 2 instances each, scheduling adaptive, 64 B, mrr',
    'netvm, forward, 2 instances each, 1 M flows in its table, 64 B, mrr',
    'netvm, forward, 2 instances each, 1 M flows in its table, scheduling adaptive, 64 B, mrr',
    'netvm, forward, isolation inline, 64 B, mrr',
    'vhost-user, forward, 64 B, mrr',
  ]);
  const usual = ['instances=[1]', 'flowEntries=[0]', 'schedulings=[shared]'];
  expect(parsed(...usual)).toEqual(parsed());
});

test('a chain of 32 NFs is one, and so are 32 processes of a shorter one', () => {
  const chain = (length: number) => `chains=[[${Array(length).fill('forward').join()}]]`;
  expect(problems(chain(32))).toEqual([]);
  expect(problems(chain(33)).join()).toContain('expected at most 32 entries, got 33');
  expect(problems(chain(8), 'instances=[4]')).toEqual([]);
  expect(problems(chain(8), 'instances=[1, 5]').join()).toContain(
    'instances[1]: 5 instances of 8 NFs are 40 processes; expected at most 32, so at most 4',
  );
  const scaling = 'method={name: scaling, trialDuration: 1s}';
  expect(problems('dataplanes=[netvm]', chain(8), scaling, 'instances=[4]').join()).toContain(
    'instances[0]: 4 instances of 8 NFs, and one more that scaling starts, are 33 processes; expected at most 32, so at most 3',
  );
  expect(problems('dataplanes=[netvm]', chain(32), scaling).join()).toContain(
    'chains: 1 instances of 32 NFs',
  );
});

test.each([
  [['instances=[17]'], 'expected at most 16'],
  [['instances=[0]'], 'expected at least 1'],
  [['instances=[2, 2]'], 'instances: "2" is here twice'],
  [['instance=[2]'], 'did you mean "instances"'],
  [['instances=[1, 2]', 'dataplanes=[vhost-user]'], 'instances[1]: only netvm has several instances'],
  [['instances=[2]', 'isolations=[inline]'], 'instances[0]: an inline NF has one instance'],
  [['flowEntries=[1048577]'], 'expected at most 1048576'],
  [['flowEntries=[0, 0]'], 'flowEntries: "0" is here twice'],
  [['flowEntries=[0, 5]', 'dataplanes=[forwarder]'], 'flowEntries[1]: only netvm has a flow table'],
  [['flowEntries=[5]', 'isolations=[inline]'], 'flowEntries[0]: inline NFs are measured without flow table'],
  [['flowEntries=[5]', 'traffic={ip: 6}'], 'flowEntries[0]: the flows that fill the table are of IPv4'],
  [['flowEntries=[0, 5]', 'traffic={replay: {file: a.pcap}}'], 'flowEntries[1]: the flows of a capture'],
  [['schedulings=[adapt]'], 'expected one of shared, adaptive, poll, got "adapt"; did you mean "adaptive"'],
  [['schedulings=[poll, poll]'], 'schedulings: "poll" is here twice'],
  [['schedulings=[adaptive]', 'dataplanes=[sriov]'], 'schedulings[0]: only netvm lets NFs wait'],
  [
    ['isolations=[process, inline]', 'dataplanes=[netvm]', 'method={name: scaling, trialDuration: 1s}'],
    'isolations[1]: an inline NF has one instance, and scaling adds others',
  ],
])('refuses %j', (sets, words) => {
  expect(problems(...sets).join('\n')).toContain(words);
});

test.each([
  [['isolations=[jail]'], 'expected one of process, inline, microvm, vm, got "jail"'],
  [['isolations=[microvn]'], 'did you mean "microvm"'],
  [['isolations=[microvm]', 'dataplanes=[sriov]'], 'isolations[0]: only netvm runs NFs in microvms'],
  [
    ['isolations=[process, vm]', 'dataplanes=[sriov]'],
    'isolations[1]: only netvm shares its packets with NFs in',
  ],
  [
    ['isolations=[process, microvm]', 'chains=[[forward], [forward, dpi]]'],
    'chains[1][1]: dpi needs the library libhs, and a microvm has room for none; leave dpi out, or microvm out of isolations',
  ],
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
