import { expect, test } from 'vitest';
import { flowEntry, flowRequests, tableLog2 } from './flow-entries.ts';

test('flows are numbered as the generator numbers them', () => {
  const plain = { dst: '198.19.0.1', protocol: 'udp', dstPort: 9 };
  expect(flowEntry(0)).toEqual({ ...plain, src: '198.18.0.0', srcPort: 1_024 });
  expect(flowEntry(49_151)).toEqual({ ...plain, src: '198.18.0.0', srcPort: 50_175 });
  expect(flowEntry(49_152)).toEqual({ ...plain, src: '198.18.0.1', srcPort: 1_024 });
  expect(flowEntry(49_152 * 257 + 3)).toEqual({ ...plain, src: '198.18.1.1', srcPort: 1_027 });
});

test('each flow is in one request, and each request fits a line of the control socket', () => {
  const requests = [...flowRequests(1_048_576)];
  const last = JSON.stringify({
    jsonrpc: '2.0',
    id: 99_999,
    method: 'flow.set',
    params: { flows: requests.at(-2) },
  });
  expect(last.length).toBeLessThan(65_000);
  expect(requests.flat()).toHaveLength(1_048_576);
  expect(requests.flat().at(-1)).toEqual(flowEntry(1_048_575));
  expect([...flowRequests(0)]).toEqual([]);
});

test('the table is for twice as many flows, and as netvmd has it where that does', () => {
  expect([0, 1_000, 524_288].map(tableLog2)).toEqual([null, null, null]);
  expect([524_289, 1_000_000, 1_048_576].map(tableLog2)).toEqual([21, 21, 21]);
  expect(tableLog2(10_000_000)).toBe(22);
});
