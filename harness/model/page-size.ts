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
