import { z } from 'zod';
import type { RunComparison } from '../model/comparison.ts';
import { cellSchema, provenanceSchema, cellVerdictSchema } from './schema.ts';

/** The shape of `./netvm compare --json`, for the programs of others; its fields are described in `harness/model/comparison.ts`. */

const text = z.string();
const positive = z.number().positive();
const metric = z.object({ name: text, unit: text, better: z.enum(['higher', 'lower']) });
const verdict = z.enum(['different', 'suspected', 'no-difference', 'machine', 'not-compared']);

const interval = z.object({
  low: z.number().nonnegative(),
  high: positive.nullable(),
  confidence: z.number().min(0).max(1).nullable(),
  method: z.enum(['bootstrap', 'student', 'bounds']),
  basis: z.enum(['runs', 'other-figures', 'repeats', 'bounds', 'cells']),
  restsOn: text,
});

const showable = z.object({ down: z.number().min(-1).max(0), up: z.number().nonnegative() });

const side = z.object({
  value: positive.nullable(),
  samples: z.array(positive),
  verdicts: z.array(cellVerdictSchema),
  trials: z.int().nonnegative(),
  trialsDisturbed: z.int().nonnegative(),
  control: positive.nullable(),
  coreRoundTripNs: z.number().nonnegative().nullable(),
  provenances: z.array(provenanceSchema),
});

const figure = z.object({
  cell: cellSchema,
  metric,
  verdict,
  reason: text,
  a: side,
  b: side,
  ratio: positive.nullable(),
  interval: interval.nullable(),
  effect: z.object({ cliffsDelta: z.number().min(-1).max(1), medianShift: z.number().min(-1) }).nullable(),
  showable: showable.nullable(),
  controlRatio: positive.nullable(),
});

const comparedRun = z.object({
  name: text,
  id: text,
  startedAt: text,
  testbed: text,
  commit: text.nullable(),
  isDirty: z.boolean(),
  command: text,
  ceilingPps: z.number().nonnegative().nullable(),
  problems: z.array(text),
});

export const comparisonSchema = z.object({
  schema: z.literal('compare/1'),
  a: z.array(comparedRun).min(1),
  b: z.array(comparedRun).min(1),
  changed: z.object({ commit: z.array(text), machine: z.array(text), settings: z.array(text) }),
  verdict: z.enum(['different', 'suspected', 'no-difference', 'not-compared']),
  conclusion: text,
  confidence: z.number().min(0).max(1),
  overall: z.array(
    z.object({
      kind: z.enum(['rate', 'latency']),
      provenance: provenanceSchema,
      verdict,
      reason: text,
      cells: z.int().positive(),
      ratio: positive,
      interval: interval.nullable(),
      showable: showable.nullable(),
    }),
  ),
  figures: z.array(figure),
  onlyInA: z.array(cellSchema),
  onlyInB: z.array(cellSchema),
  twiceInA: z.array(cellSchema),
  twiceInB: z.array(cellSchema),
}) satisfies z.ZodType<RunComparison>;
