import type { Program } from '../native/program.ts';

/** NFs first: the data plane takes their packets back while it still runs. */
export async function stopAll(nfs: readonly Program[], host: Program | null): Promise<void> {
  await Promise.all(nfs.map((nf) => nf.stop()));
  await host?.stop();
}
