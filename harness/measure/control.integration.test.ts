import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ControlError, controlErrorCode } from '../native/control.ts';
import { netvmdClient } from '../native/netvmd-client.ts';
import { netvmdMethods } from '../native/netvmd-protocol.ts';
import type { ControlledProgram } from '../native/program.ts';
import { withBench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';

const timeoutMs = 30_000;

const onHost = (work: (host: ControlledProgram) => Promise<void>) =>
  withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward', 'firewall', 'forward'] }), benchOptions(env), (bench) =>
      work(bench.dataplane.host as ControlledProgram),
    ),
  );

/** What a call is refused with; null where it is obeyed. */
async function refusal(
  host: ControlledProgram,
  method: string,
  params: object,
): Promise<ControlError | null> {
  try {
    await host.call(method, params, { timeoutMs });
    return null;
  } catch (error) {
    if (error instanceof ControlError) return error;
    throw error;
  }
}

const flow = { src: '198.18.0.1', dst: '198.19.0.1', protocol: 'udp', srcPort: 1, dstPort: 2 };
const rule = { src: '10.0.0.0/8', dst: '10.1.2.3', protocol: 6, srcPort: 7, dstPort: 8, chain: 'other' };

type Method = keyof typeof netvmdMethods;

/** Parameters that are right, with every field there is, once `setUp` has made what they name. */
const samples: Record<Method, readonly object[]> = {
  status: [{}],
  'chain.set': [
    { chain: 'other', hops: [0, { domain: 0, slot: 1 }], weight: 1 },
    { hops: [{ service: 'some' }] },
    { hops: [{ inline: 0 }] },
  ],
  'chain.delete': [{ chain: 'other' }],
  'service.set': [{ service: 'some', domain: 0, instances: [0, 1] }],
  'nf.stop': [{ domain: 0, slot: 2 }],
  'flow.set': [{ flows: [flow, { ...flow, srcPort: 3 }], chain: 'other' }],
  'flow.delete': [{ flows: [flow] }],
  'rules.set': [{ rules: [rule, { chain: 'default' }] }],
  'inline.load': [{ file: join(native, 'nf-forward.so'), options: ['--first', '--second'] }],
  'inline.unload': [{ inline: 0 }],
  shutdown: [{}],
};

/** NF 0 is the default chain, NF 1 of a service that another chain goes through, NF 2 is named by none. */
async function setUp(host: ControlledProgram): Promise<void> {
  const client = netvmdClient(host);
  await client.chainSet({ hops: [0] });
  await client.serviceSet({ service: 'some', instances: [1] });
  await client.chainSet({ chain: 'other', hops: [{ service: 'some' }], weight: 7 });
  await client.inlineLoad({ file: join(native, 'nf-forward.so') });
}

/** A value with one thing wrong in it, and where that is. */
interface Wrong {
  readonly field: string;
  readonly value: unknown;
}

/** Every thing that can be wrong: a value of a type that fits nothing, a member that is not known, one that is left out. */
function wrongsOf(value: unknown, field: string): Wrong[] {
  const entries = (
    Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
  ).map(([name, member]: [string | number, unknown]) => ({ name, member }));
  const within = entries.flatMap(({ name, member }) => {
    const at = typeof name === 'number' ? `${field}[${name}]` : pathOf(field, name);
    const wrongs = [{ field: at, value: true }, ...wrongsOf(member, at)];
    return wrongs.map((wrong) => ({ field: wrong.field, value: replaced(value, name, wrong.value) }));
  });
  if (!isObject(value)) return within;
  const leftOut = Object.keys(value).flatMap((name) => {
    const { [name]: _, ...rest } = value;
    return Object.keys(rest).length === 0 && field !== ''
      ? []
      : [{ field: pathOf(field, name), value: rest }];
  });
  return [...within, ...leftOut, { field: pathOf(field, 'nonsense'), value: { ...value, nonsense: 1 } }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathOf(field: string, name: string): string {
  return field === '' ? name : `${field}.${name}`;
}

function replaced(value: unknown, name: string | number, by: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).with(Number(name), by);
  return { ...(value as object), [name]: by };
}

/** Without what moves by itself: NFs wake up from time to time. */
async function stateOf(host: ControlledProgram) {
  const status = await netvmdClient(host).status({});
  return { ...status, nfs: status.nfs.map((nf) => ({ ...nf, wakeups: 0 })) };
}

test('netvmd knows the methods of the published schema and no others', () =>
  onHost(async (host) => {
    const unknown = await refusal(host, 'no.such', {});
    expect(unknown?.code).toBe(controlErrorCode.noMethod);
    const named = /expected one of ([^;]*)/.exec(unknown?.message ?? '')?.[1]?.split(', ');
    expect(named?.toSorted()).toEqual(Object.keys(netvmdMethods).toSorted());
  }));

test.each(Object.keys(netvmdMethods) as Method[])(
  '%s: what is wrong is refused by its field, and nothing is changed by that',
  (method) =>
    onHost(async (host) => {
      await setUp(host);
      const before = await stateOf(host);
      const { params } = netvmdMethods[method];
      const wrongs = samples[method].flatMap((sample) => wrongsOf(sample, ''));
      // What may be left out is no mistake.
      const mistakes = wrongs.filter(({ value }) => !params.safeParse(value).success);
      expect(mistakes).toContainEqual({ field: 'nonsense', value: expect.anything() as unknown });
      for (const { field, value } of mistakes) {
        const refused = await refusal(host, method, value as object);
        const said = { value, code: refused?.code, field: refused?.field, message: refused?.message };
        expect(said).toEqual({
          value,
          code: controlErrorCode.invalidParams,
          field,
          message: expect.stringContaining(`${method}: ${field}: `) as unknown,
        });
      }
      expect(await stateOf(host)).toEqual(before);
    }),
);

test.each([
  { of: 'netvm-gen', methods: ['status', 'trial', 'shutdown'] },
  { of: 'netvm-vswitch', methods: ['status', 'shutdown'] },
])('$of refuses with the same codes', ({ of, methods }) =>
  withRealTestbed((env) =>
    withBench(cell({ dataplane: 'vhost-user', nfs: ['forward'] }), benchOptions(env), async (bench) => {
      const programs = [bench.generator.program, bench.dataplane.host];
      const host = programs.find((program) => program?.name === of) as ControlledProgram;
      const unknown = await refusal(host, 'no.such', {});
      expect(unknown?.code).toBe(controlErrorCode.noMethod);
      expect(unknown?.message).toContain(`expected one of ${methods.join(', ')}`);
      for (const method of methods) {
        const refused = await refusal(host, method, { nonsense: 1 });
        expect(refused).toMatchObject({ code: controlErrorCode.invalidParams, field: 'nonsense' });
      }
      expect(await host.call('status', {}, { timeoutMs })).toMatchObject({ state: 'ready', linkUp: true });
    }),
  ),
);
