import type { z } from 'zod';
import type { CallOptions, Control } from './control.ts';
import { netvmdMethods, type NetvmdMethods } from './netvmd-protocol.ts';

export type NetvmdCallOptions = Partial<CallOptions>;

type Call<Name extends keyof NetvmdMethods> = (
  params: z.input<NetvmdMethods[Name]['params']>,
  options?: NetvmdCallOptions,
) => Promise<z.output<NetvmdMethods[Name]['result']>>;

/** netvmd's methods as functions. What it answers is parsed; what it refuses is a ControlError with its code and field. */
export interface NetvmdClient {
  readonly status: Call<'status'>;
  readonly chainSet: Call<'chain.set'>;
  readonly chainDelete: Call<'chain.delete'>;
  readonly serviceSet: Call<'service.set'>;
  readonly nfStop: Call<'nf.stop'>;
  readonly flowSet: Call<'flow.set'>;
  readonly flowDelete: Call<'flow.delete'>;
  readonly rulesSet: Call<'rules.set'>;
  readonly inlineLoad: Call<'inline.load'>;
  readonly inlineUnload: Call<'inline.unload'>;
  readonly shutdown: Call<'shutdown'>;
}

const callTimeoutMs = 5_000;
/** An NF may compile patterns or rules when it starts. */
const loadTimeoutMs = 30_000;

/** `host` is netvmd as a program that was started, or a connection to one. */
export function netvmdClient(host: Pick<Control, 'call'>): NetvmdClient {
  const method =
    <Params extends object, Result extends z.ZodType>(
      name: keyof NetvmdMethods,
      { result }: { readonly params: z.ZodType<unknown, Params>; readonly result: Result },
      timeoutMs = callTimeoutMs,
    ) =>
    async (params: Params, options: NetvmdCallOptions = {}): Promise<z.output<Result>> =>
      result.parse(await host.call(name, params, { timeoutMs, ...options }));
  return {
    status: method('status', netvmdMethods.status),
    chainSet: method('chain.set', netvmdMethods['chain.set']),
    chainDelete: method('chain.delete', netvmdMethods['chain.delete']),
    serviceSet: method('service.set', netvmdMethods['service.set']),
    nfStop: method('nf.stop', netvmdMethods['nf.stop']),
    flowSet: method('flow.set', netvmdMethods['flow.set']),
    flowDelete: method('flow.delete', netvmdMethods['flow.delete']),
    rulesSet: method('rules.set', netvmdMethods['rules.set']),
    inlineLoad: method('inline.load', netvmdMethods['inline.load'], loadTimeoutMs),
    inlineUnload: method('inline.unload', netvmdMethods['inline.unload']),
    shutdown: method('shutdown', netvmdMethods.shutdown),
  };
}
