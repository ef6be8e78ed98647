import { expect, test } from 'vitest';
import { netvmdClient } from './netvmd-client.ts';
import { netvmdMethods, type NetvmdStatus } from './netvmd-protocol.ts';

interface Said {
  readonly method: string;
  readonly params: object;
  readonly timeoutMs: number;
}

/** A netvmd that answers everything with the same, and notes what it was asked. */
function double(answer: unknown) {
  const said: Said[] = [];
  const client = netvmdClient({
    call(method, params, { timeoutMs }) {
      said.push({ method, params, timeoutMs });
      return Promise.resolve(answer);
    },
  });
  return { client, said };
}

const status: NetvmdStatus = {
  state: 'ready',
  linkUp: true,
  chains: [
    {
      chain: 'default',
      weight: 1,
      state: 'up',
      hops: [0, { domain: 1, slot: 2 }, { service: 'dpi' }],
      entered: 9,
      left: 7,
      dropped: 1,
      inFlight: 1,
    },
  ],
  services: [{ service: 'dpi', number: 0, domain: 1, instances: [3] }],
  nfs: [],
  inlineNfs: [{ inline: 0, name: 'forward' }],
  flows: { entries: 0, capacity: 1 << 20, rules: 0 },
  buffers: { total: 9, pool: 8, port: 1, chain: 0, parked: 0, reclaimed: 0 },
};

test('each method has a function of the client, which asks for that method', async () => {
  const { client, said } = double({ inline: 3, number: 1 });
  const calls = Object.entries(client).filter(([name]) => name !== 'status');
  for (const [name, call] of calls) {
    await (call as (params: object) => Promise<unknown>)({ of: name });
  }
  const camel = (method: string) => method.replace(/\.(.)/, (_, letter: string) => letter.toUpperCase());
  expect(said.map(({ method, params }) => [camel(method), params])).toEqual(
    calls.map(([name]) => [name, { of: name }]),
  );
  expect(Object.keys(client)).toEqual(Object.keys(netvmdMethods).map(camel));
});

test('a result is what the method answers, and nothing else passes for it', async () => {
  expect(await double({ inline: 3, more: 1 }).client.inlineLoad({ file: '/x' })).toEqual({ inline: 3 });
  await expect(double({ inline: '3' }).client.inlineLoad({ file: '/x' })).rejects.toThrow('inline');
  expect(await double(status).client.status({})).toEqual(status);
  await expect(double({ ...status, chains: null }).client.status({})).rejects.toThrow('chains');
  await expect(double(null).client.chainSet({ hops: [] })).rejects.toThrow('expected object');
});

test('an NF that is loaded may take longer than other calls, and a caller may say how long', async () => {
  const { client, said } = double({ inline: 0 });
  await client.chainSet({ hops: [0] });
  await client.inlineLoad({ file: '/x' });
  await client.chainSet({ hops: [0] }, { timeoutMs: 7 });
  const [set = 0, load = 0, own] = said.map(({ timeoutMs }) => timeoutMs);
  expect(load).toBeGreaterThan(set);
  expect(own).toBe(7);
});
