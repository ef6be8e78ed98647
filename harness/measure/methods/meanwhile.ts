/**
 * A trial, and what is done to the device meanwhile. Where the trial fails the rest is called off, and either way it is over when this is: a generator
 * that died must not leave a data plane behind that comes up on the next bench's core and memory.
 */
export async function meanwhile<A, B>(
  signal: AbortSignal,
  trial: () => Promise<A>,
  work: (stop: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const calledOff = new AbortController();
  const working = work(AbortSignal.any([signal, calledOff.signal]));
  const settled = working.catch(() => {});
  try {
    return await Promise.all([trial(), working]);
  } catch (error) {
    calledOff.abort(error);
    await settled;
    throw error;
  }
}
