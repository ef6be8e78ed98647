import { z } from 'zod';
import { exitCode, UserError } from '../../model/errors.ts';
import { NotPlain, readPlain } from '../../store/plain-file.ts';
import { list, whole } from '../format.ts';
import { dotChart, type Dot } from './chart.ts';
import { dot, type Panel } from './drawings.ts';

const cycles = z.number().nonnegative();

/** What `bench-steps --json` prints: a ring hop, each NF, a switch and a round trip, alone and hot. */
export const benchStepsSchema = z.object({
  tscGhz: z.number().positive(),
  steps: z
    .array(z.object({ step: z.string().max(80), cycles, ns: cycles, cyclesMin: cycles, cyclesMax: cycles }))
    .min(1)
    .max(100),
  checksum: z.number(),
});

/** The same with where it was run, as `steps.json` has it. */
export const stepsSchema = benchStepsSchema.extend({
  schema: z.literal('steps/1'),
  command: z.string().max(2000),
  /** All steps of one core ran here. */
  core: z.int().nonnegative(),
});

export type Steps = z.output<typeof stepsSchema>;

/** A hundred steps take 20 KB. */
const stepsBytesMax = 2 ** 20;

/** Null where there is no such file. One that is foreign or damaged is a UserError (2) that names it and the remedy. */
export async function readSteps(file: string): Promise<Steps | null> {
  try {
    const text = await readPlain(file, stepsBytesMax);
    return text === null ? null : stepsSchema.parse(JSON.parse(text));
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    throw new UserError(exitCode.badInput, `${file} ${problem}: delete it, and --resume measures it again`);
  }
}

/** What is wrong with the file; null where something else is wrong. */
function problemOf(error: unknown): string | null {
  if (error instanceof NotPlain) return error.message;
  if (error instanceof SyntaxError) return `is truncated or not JSON (${error.message})`;
  if (!(error instanceof z.ZodError)) return null;
  const [first] = error.issues;
  const where = first === undefined || first.path.length === 0 ? 'the document' : first.path.join('.');
  return `does not follow schema steps/1 (${where}: ${first?.message ?? 'invalid'})`;
}

/** A step that is taken once a round or once a turn, and not by each packet. */
const notByPacket = new Set(['switch by futex, once', 'round trip between cores']);

/** Two charts: what each packet pays, and what a round of many packets pays once. */
export async function stepPanels({ steps, core }: Steps): Promise<Panel[]> {
  const [once, each] = [
    steps.filter(({ step }) => notByPacket.has(step)),
    steps.filter(({ step }) => !notByPacket.has(step)),
  ];
  const panels = [
    { title: 'Steps that each packet takes', unit: 'cycles a packet', of: each },
    { title: 'Steps that a round takes once', unit: 'cycles', of: once },
  ];
  return await Promise.all(
    panels
      .filter(({ of }) => of.length > 0)
      .map(async ({ title, unit, of }) => {
        const dots = of.map((step): Dot => {
          const { cycles: value, cyclesMin: low, cyclesMax: high } = step;
          return dot(step.step, 'netvm', { value, low, high }, unit);
        });
        const chart = await dotChart({
          ...{ title, provenance: `measured on core ${core}`, xTitle: unit, scale: 'log', dots },
          uncertainty: 'alone and hot; lines: least and most',
        });
        const reading = list(
          of.map(({ step, cycles: value }) => `${step} ${value < 10 ? value.toFixed(1) : whole(value)}`),
        );
        return { chart, reading: `Cycles: ${reading}.` };
      }),
  );
}
