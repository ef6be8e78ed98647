import { z } from 'zod';
import type { MethodName } from '../model/run.ts';
import { lineRatePps } from '../model/units.ts';
import { didYouMean } from './nearest.ts';
import { duration, packetRate, share } from './quantity.ts';

/** What is killed and brought back: every process of the data plane, or the first NF of the chain. */
export type ResetTarget = 'dataplane' | 'nf';

/** What only some methods are told. Each method has its own, and no others. */
export type OwnSettings =
  | { readonly method: 'mrr'; readonly trials: number }
  | {
      readonly method: 'back-to-back';
      readonly repetitions: number;
      /** Of the wire's time: longer bursts are not tried. */
      readonly longestBurstMs: number;
    }
  | {
      readonly method: 'frame-loss';
      /** Distance of the loads, as a share of the wire's rate. */
      readonly stepRatio: number;
    }
  | {
      readonly method: 'soak';
      readonly durationMs: number;
      readonly load: Load;
      /** Of the bounds that it states, 0 to 1. */
      readonly confidence: number;
    }
  | {
      readonly method: 'recovery';
      readonly repetitions: number;
      /** Of the cell's throughput; the wire's rate where that is less. */
      readonly overloadRatio: number;
      readonly overloadDurationMs: number;
      /** Of the overload. */
      readonly reductionRatio: number;
      /** How long it is watched after the reduction. */
      readonly watchMs: number;
    }
  | {
      readonly method: 'reset';
      readonly repetitions: number;
      /** Of the cell's throughput. */
      readonly loadRatio: number;
      /** Of a whole trial: the reset comes after a fifth of it. */
      readonly watchMs: number;
      readonly target: ResetTarget;
    }
  | {
      readonly method: 'scaling';
      readonly repetitions: number;
      /** As of a soak. */
      readonly load: Load;
      /** From one step to the next. */
      readonly watchMs: number;
    };

/** A share of the cell's throughput, which is searched for first; or a rate, and nothing is searched for. */
export type Load =
  { readonly kind: 'share'; readonly ratio: number } | { readonly kind: 'rate'; readonly pps: number };

/** Keys under `method:` that only some methods know; all are optional. */
export const ownKeys = {
  trials: z.int().min(1).max(1000).optional().describe('mrr: trials that are averaged; 10 where left out'),
  repetitions: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('back-to-back (50), recovery (3), reset (3), scaling (3): how often it is done'),
  longestBurst: duration('1 ms', '30 s').optional().describe('back-to-back: no longer bursts are tried; 2 s'),
  step: share('0.1 %', '10 %')
    .optional()
    .describe("frame-loss: distance of the loads, of the wire's rate; 10 %"),
  duration: duration('1 s', '7200 min').optional().describe('soak: how long; 60 s'),
  load: share('1 %', '100 %')
    .optional()
    .describe('soak, reset (90 %), scaling (50 %): share of the found throughput'),
  rate: packetRate('1 kpps', '1000 Mpps')
    .optional()
    .describe('soak, scaling: the load itself, instead of a share'),
  confidence: share('50 %', '99.99 %').optional().describe('soak: of the bounds it states; 95 %'),
  overload: share('101 %', '1000 %').optional().describe('recovery: of the found throughput; 110 %'),
  overloadDuration: duration('100 ms', '60 min').optional().describe('recovery: how long; 60 s'),
  reduction: share('1 %', '99 %').optional().describe('recovery: what the overload is reduced to; 50 %'),
  watch: duration('100 ms', '10 min')
    .optional()
    .describe(
      'recovery: how long after the reduction; reset: how long a whole trial takes; 3 s. scaling: from one step to the next; 2 s',
    ),
  target: z
    .enum(['dataplane', 'nf'])
    .optional()
    .describe('reset: what is killed, every process of the data plane (where left out) or the first NF'),
};

export type OwnInput = z.output<z.ZodObject<typeof ownKeys>>;
export type OwnKey = keyof typeof ownKeys;

/** Which method knows which of those keys. */
export const keysOfMethod: Readonly<Record<MethodName, readonly OwnKey[]>> = {
  rfc2544: [],
  tst009: [],
  'csit-ndr': [],
  'csit-pdr': [],
  quick: [],
  mlrsearch: [],
  mrr: ['trials'],
  'back-to-back': ['repetitions', 'longestBurst'],
  'frame-loss': ['step'],
  soak: ['duration', 'load', 'rate', 'confidence'],
  recovery: ['repetitions', 'overload', 'overloadDuration', 'reduction', 'watch'],
  reset: ['repetitions', 'load', 'watch', 'target'],
  scaling: ['repetitions', 'load', 'rate', 'watch'],
};

/** Their loads are shares of a throughput, which is searched for first. */
const sharedMethods: readonly MethodName[] = ['back-to-back', 'soak', 'recovery', 'reset', 'scaling'];
/** Their loads are shares of the wire's rate, or of a throughput on a paced wire. */
const pacedMethods: readonly MethodName[] = [...sharedMethods, 'frame-loss'];

/** The trial of a maximum receive rate (CSIT). */
const mrrTrialMs = 1_000;

/** What a method's own keys come to, defaults filled in; undefined for a method that has none. */
export function resolveOwn(name: MethodName, input: OwnInput): OwnSettings | undefined {
  switch (name) {
    case 'mrr':
      return { method: name, trials: input.trials ?? 10 };
    case 'back-to-back':
      return {
        method: name,
        repetitions: input.repetitions ?? 50,
        longestBurstMs: input.longestBurst ?? 2_000,
      };
    case 'frame-loss':
      return { method: name, stepRatio: input.step ?? 0.1 };
    case 'soak':
      return {
        method: name,
        durationMs: input.duration ?? 60_000,
        load: loadOf(input, 0.9),
        confidence: input.confidence ?? 0.95,
      };
    case 'recovery':
      return {
        method: name,
        repetitions: input.repetitions ?? 3,
        overloadRatio: input.overload ?? 1.1,
        overloadDurationMs: input.overloadDuration ?? 60_000,
        reductionRatio: input.reduction ?? 0.5,
        watchMs: input.watch ?? 3_000,
      };
    case 'reset':
      return {
        method: name,
        repetitions: input.repetitions ?? 3,
        loadRatio: input.load ?? 0.9,
        watchMs: input.watch ?? 3_000,
        target: input.target ?? 'dataplane',
      };
    case 'scaling':
      return {
        method: name,
        repetitions: input.repetitions ?? 3,
        load: loadOf(input, 0.5),
        watchMs: input.watch ?? 2_000,
      };
    default:
      return undefined;
  }
}

function loadOf({ load, rate }: OwnInput, ratio: number): Load {
  return rate === undefined ? { kind: 'share', ratio: load ?? ratio } : { kind: 'rate', pps: rate };
}

/** The settings of a method, as a profile that names it resolves them. */
export function ownOf<N extends OwnSettings['method']>(
  own: OwnSettings | undefined,
  name: N,
): Extract<OwnSettings, { readonly method: N }> {
  const settings = own?.method === name ? own : resolveOwn(name, {});
  return settings as Extract<OwnSettings, { readonly method: N }>;
}

/** The search of a method: its own preset or goals, or `rfc2544` where its loads are shares of a throughput. Null: it searches for nothing. */
export function searchOf({ name, rate }: Pick<MethodKeys, 'name' | 'rate'>): MethodName | null {
  if (name === 'mrr' || name === 'frame-loss') return null;
  if (rate !== undefined && keysOfMethod[name].includes('rate')) return null;
  return sharedMethods.includes(name) ? 'rfc2544' : name;
}

/** The length of a method's trials, ms. Only mrr may leave it out, which a check says. */
export function trialMsOf({ trialDuration }: Pick<MethodKeys, 'trialDuration'>): number {
  return trialDuration ?? mrrTrialMs;
}

/** What a check looks at. */
export interface CheckedProfile {
  readonly lineRate: number;
  readonly frameSizesBytes: readonly number[];
  readonly dataplanes: readonly string[];
  readonly latency?: unknown;
  readonly method: MethodKeys;
}

type MethodKeys = OwnInput & { readonly name: MethodName; readonly trialDuration?: number | undefined };

export interface BrokenRule {
  readonly path: readonly PropertyKey[];
  readonly key?: string;
  readonly message: string;
}

/** The rules that a method's keys break: with each other, with the method, with the rest of the profile. */
export function brokenRules(input: CheckedProfile): BrokenRule[] {
  const { method, lineRate } = input;
  const { name } = method;
  const rules: BrokenRule[] = foreignKeys(method);
  const broken = (path: readonly PropertyKey[], message: string, key?: string) =>
    rules.push({ path, message, ...(key !== undefined && { key }) });
  if (method.trialDuration === undefined && name !== 'mrr')
    broken(['method'], 'the key "trialDuration" is missing');
  if (lineRate === 0 && pacedMethods.includes(name))
    broken(['lineRate'], `lineRate: ${name} offers shares of a rate, so the wire must have one; got unpaced`);
  if (method.load !== undefined && method.rate !== undefined)
    broken(['method', 'rate'], 'method.rate: expected load (a share of the throughput) or rate, not both');
  if (input.latency !== undefined && (name === 'frame-loss' || method.rate !== undefined))
    broken(
      ['latency'],
      `latency: its loads are shares of a throughput, and ${name}${method.rate === undefined ? '' : ' at a given rate'} finds none; leave it out`,
      'latency',
    );
  rules.push(...beyondTheWire(input), ...withoutReset(input), ...withoutInstances(input));
  return rules;
}

function foreignKeys(method: MethodKeys): BrokenRule[] {
  const known = keysOfMethod[method.name];
  return (Object.keys(ownKeys) as OwnKey[])
    .filter((key) => method[key] !== undefined && !known.includes(key))
    .map((key) => {
      const ofOthers = Object.entries(keysOfMethod).filter(([, keys]) => keys.includes(key));
      const names = ofOthers.map(([name]) => name).join(', ');
      const own = known.length === 0 ? 'has no keys of its own' : `has ${known.join(', ')}`;
      const message = `method.${key}: only ${names} ${ofOthers.length === 1 ? 'knows' : 'know'} this key; ${method.name} ${own}${didYouMean(key, known)}`;
      return { path: ['method'], key, message };
    });
}

function beyondTheWire({ lineRate, frameSizesBytes, method: { rate } }: CheckedProfile): BrokenRule[] {
  if (rate === undefined || lineRate === 0) return [];
  const largest = Math.max(...frameSizesBytes);
  const most = lineRatePps(lineRate, largest);
  if (rate <= most) return [];
  const message = `method.rate: the wire carries at most ${(most / 1e6).toFixed(3)} Mpps of ${largest}-byte frames, got ${(rate / 1e6).toFixed(3)} Mpps`;
  return [{ path: ['method', 'rate'], message }];
}

/** Data planes of which no part can be killed and brought back while the rest runs on. */
const withoutParts: Readonly<Record<string, string>> = {
  forwarder: 'has no NF that could be reset',
  sriov: 'cannot take back an NF that was killed',
  'vhost-user': 'cannot take back an NF that was killed',
  virtio: 'cannot take back an NF that was killed',
  'virtio-kernel': 'cannot take back an NF that was killed',
  'virtio-tap': 'cannot take back an NF that was killed',
};

function withoutReset({ dataplanes, method }: CheckedProfile): BrokenRule[] {
  if (method.name !== 'reset' || method.target !== 'nf') return [];
  return dataplanes.flatMap((name, index) => {
    const why = withoutParts[name];
    if (why === undefined) return [];
    return [
      {
        path: ['dataplanes', index],
        message: `dataplanes[${index}]: "${name}" ${why}; with method.target nf, reset measures netvm only`,
      },
    ];
  });
}

/** A service whose instances come and go while packets pass is NetVM's alone. */
function withoutInstances({ dataplanes, method }: CheckedProfile): BrokenRule[] {
  if (method.name !== 'scaling') return [];
  return dataplanes.flatMap((name, index) =>
    name === 'netvm'
      ? []
      : [
          {
            path: ['dataplanes', index],
            message: `dataplanes[${index}]: "${name}" cannot add an instance of an NF while packets pass; scaling measures netvm only`,
          },
        ],
  );
}
