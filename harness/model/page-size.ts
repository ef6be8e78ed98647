/** Sizes of a page that NetVM's region may lie on, in bytes, by the words of a profile. Those of 4 KB are no huge pages but ordinary ones. */
export const pageSizesBytes = { '4 KB': 4096, '2 MB': 2 * 2 ** 20, '1 GB': 2 ** 30 } as const;

export type PageSizeName = keyof typeof pageSizesBytes;

/** What a cell has that does not speak of its pages. */
export const usualPageSizeBytes: number = pageSizesBytes['2 MB'];

/** `2 MB`, or the bytes themselves where it is none of the known sizes (an archive may say anything). */
export function pageSizeWords(bytes: number): string {
  const known = Object.entries(pageSizesBytes).find(([, size]) => size === bytes);
  return known?.[0] ?? `${bytes} B`;
}

/**
 * How the sentence begins that says why a machine has no pages of a size: they are not supported, there is too little memory for one, or memory is
 * fragmented. The reason of a failed cell is told by it from any other, also in an archive.
 */
export function lackOfPages(sizeBytes: number): Readonly<Record<'support' | 'memory' | 'room', string>> {
  const words = pageSizeWords(sizeBytes);
  return {
    support: `this machine has no huge pages of ${words}`,
    memory: `too little memory for a huge page of ${words}`,
    room: `no huge page of ${words} could be reserved`,
  };
}

/** Whether a failed cell's reason is that the machine has no pages of this size. */
export function isLackOfPages(reason: string, sizeBytes: number): boolean {
  return Object.values(lackOfPages(sizeBytes)).some((beginning) => reason.startsWith(beginning));
}
