import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../dataplane/dataplane.ts';
import type { ScaledInstance } from '../../model/figures.ts';

/** What each instance had taken by then, since it was started. */
export interface Sample {
  readonly atNs: number;
  readonly received: ReadonlyMap<string, number>;
}

/** Asks the instances of a service, at even times, while something is done to it. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly #service: Service;
  readonly #nowNs: () => number;
  readonly #intervalMs: number;

  constructor(service: Service, nowNs: () => number, intervalMs: number) {
    this.#service = service;
    this.#nowNs = nowNs;
    this.#intervalMs = intervalMs;
  }

  /** Kept when `work` is; where either fails, both are over when this is. */
  async during(work: (stop: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const asking = this.#ask(stop).catch((error: unknown) => {
      if (over.signal.aborted) return;
      over.abort(error);
      throw error;
    });
    asking.catch(() => {});
    try {
      await work(stop);
    } catch (error) {
      over.abort(error);
      // Where the asking failed, that is why.
      await asking;
      throw error;
    }
    over.abort();
    await asking;
  }

  /** One late answer makes no later one late. */
  async #ask(stop: AbortSignal): Promise<void> {
    for (let i = 0; ; i++) {
      await sleep(Math.max(0, i * this.#intervalMs - this.#nowNs() / 1e6), undefined, { signal: stop });
      const received = await this.#service.received(stop);
      this.samples.push({ atNs: this.#nowNs(), received });
    }
  }
}

/** The instances of all repetitions, in the order in which they first showed: what each took from one sample to the next, packets a second. */
export function sampled(repetitions: readonly (readonly Sample[])[]): ScaledInstance[] {
  const orders = repetitions.map((samples) => [
    ...new Set(samples.flatMap(({ received }) => [...received.keys()])),
  ]);
  const most = Math.max(0, ...orders.map((names) => names.length));
  return Array.from({ length: most }, (_, place) => ({
    // The same place in the order of repetitions: each one goes on with what the last one left.
    name: orders[0]?.[place] ?? `instance ${place + 1}`,
    receivedPps: repetitions.map((samples, i) => ratesOf(samples, orders[i]?.[place] ?? '')),
  }));
}

function ratesOf(samples: readonly Sample[], name: string): (number | null)[] {
  return samples.slice(1).map((sample, i) => {
    const [before, after] = [samples[i]?.received.get(name), sample.received.get(name)];
    const seconds = (sample.atNs - (samples[i]?.atNs ?? 0)) / 1e9;
    // One that came between the two started from nothing.
    if (after === undefined || seconds <= 0) return null;
    return Math.max(0, after - (before ?? 0)) / seconds;
  });
}
