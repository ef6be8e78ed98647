/** A bundle may come from anybody: what it may cost to look into it. */
export const limits = {
  /** Of the file. */
  bundleBytesMax: 2 ** 30,
  /** Of all that comes out of it: run data shrink twentyfold, and a bomb more than that. */
  unpackedBytesMax: (bundleBytes: number) => Math.min(4 * 2 ** 30, 64 * 2 ** 20 + 100 * bundleBytes),
  entriesMax: 20_000,
  pathLengthMax: 240,
  /** Of its manifest, and of its sums. */
  documentBytesMax: 16 * 2 ** 20,
} as const;
