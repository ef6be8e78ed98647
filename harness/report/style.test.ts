import { expect, test } from 'vitest';
import type { Cell } from '../model/run.ts';
import { styleOf, variantWords } from './style.ts';

const cell = (part: object): Cell => ({
  ...{ dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes: 64, method: 'rfc2544' },
  ...part,
});

test('the usual NetVM keeps its style, others get their own, whatever the order', () => {
  const all = [cell({ trustDomains: 2 }), cell({ isolation: 'inline' }), cell({})];
  const styles = all.map((one) => styleOf(one, all));
  expect(new Set(styles).size).toBe(3);
  expect(styles[2]).toBe('netvm');
  expect(all.toReversed().map((one) => styleOf(one, all.toReversed()))).toEqual(styles.toReversed());
});

test('data planes have theirs; one that is not known is drawn as other', () => {
  const of = (dataplane: string) => styleOf(cell({ dataplane }), [cell({ dataplane })]);
  const known = ['netvm', 'vhost-user', 'virtio', 'virtio-kernel', 'virtio-tap', 'forwarder', 'sriov'];
  expect([...known, 'ovs'].map(of)).toEqual([...known, 'other']);
});

test('what is not the usual is said', () => {
  expect(variantWords(cell({})).rest).toEqual([]);
  expect(variantWords(cell({ trustDomains: 2, hugePageSizeBytes: 2 ** 30 })).rest).toEqual([
    '2 domains',
    '1 GB pages',
  ]);
  expect(variantWords(cell({ instances: 2, flowEntries: 1_500, scheduling: 'adaptive' })).rest).toEqual([
    '2 instances',
    '1,500 flows in table',
    'adaptive',
  ]);
});
