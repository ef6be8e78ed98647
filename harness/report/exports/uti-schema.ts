import { z } from 'zod';

/**
 * FD.io CSIT's model of a test's outcome (UTI), version 1.5.1: the part of it that a cell can fill. One file is one test. What its own schema (test_case.schema.yaml in
 * csit's resources/model_schema) says besides, in short: no other fields; `message` is empty exactly where `passed`; all fields that are not optional below are required,
 * and so are both `ndr` and `pdr`, all four latencies, and the three times. Those that are optional here are left out where they are not known.
 */
export const utiVersion = '1.5.1';

const number = z.number().nonnegative();
const rate = z.strictObject({
  rate: z.strictObject({ value: number, unit: z.literal('pps') }),
  bandwidth: z.strictObject({ value: number, unit: z.literal('bps') }).exactOptional(),
});
const bound = z.strictObject({ lower: rate });
const latency = z.strictObject({
  min: z.int().nonnegative(),
  avg: z.int().nonnegative(),
  max: z.int().positive(),
  hdrh: z.string().min(1),
  unit: z.literal('us'),
});

const result = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unknown') }),
  z.strictObject({
    type: z.literal('mrr'),
    receive_rate: z.strictObject({
      rate: z.strictObject({
        values: z.array(number).min(1),
        avg: number,
        stdev: number,
        unit: z.literal('pps'),
      }),
    }),
  }),
  z.strictObject({
    type: z.literal('ndrpdr'),
    ndr: bound.exactOptional(),
    pdr: bound.exactOptional(),
    latency_forward: z
      .strictObject({ pdr_0: latency, pdr_10: latency, pdr_50: latency, pdr_90: latency })
      .exactOptional(),
  }),
]);

const name = z.string().min(3);
const time = z.iso.datetime();

export const utiSchema = z.strictObject({
  version: z.literal(utiVersion),
  test_id: name,
  test_name_long: name,
  test_name_short: name,
  test_type: z.enum(['mrr', 'ndrpdr']),
  test_documentation: z.string(),
  tags: z.array(z.string()),
  hosts: z.array(z.string()).min(1).exactOptional(),
  telemetry: z.array(z.string()),
  dut_type: z.string().min(1),
  dut_version: z.string().min(1).exactOptional(),
  tg_type: z.string().min(1).exactOptional(),
  tg_version: z.string().min(1).exactOptional(),
  start_time: time,
  end_time: time.exactOptional(),
  duration: number.exactOptional(),
  passed: z.boolean(),
  message: z.string(),
  result,
});

export type UtiTest = z.output<typeof utiSchema>;
export type UtiResult = UtiTest['result'];
