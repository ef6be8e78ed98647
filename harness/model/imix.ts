/** An IMIX by its genome (RFC 6985): frame sizes that are sent in this order, again and again. */
export interface Imix {
  /** A letter a frame, or a number and a letter for so many of them, for example `7a4A1g`. */
  readonly genome: string;
  /** Sizes of the capital letters, bytes with CRC (RFC 6985, section 4). */
  readonly customSizesBytes: Readonly<Record<string, number>>;
  /** Mean over one pass, bytes with CRC; not rounded. */
  readonly meanBytes: number;
}

/** RFC 6985, section 3. `h`, `i` and `j` (2112, 9000 and 16000 bytes) are beyond what this wire carries; `z` is its MTU. */
export const genomeLetters: Readonly<Record<string, number>> = {
  a: 64,
  b: 128,
  c: 256,
  d: 512,
  e: 1024,
  f: 1280,
  g: 1518,
  z: 1518,
};

/** Longer sequences the generator does not take. */
export const imixFramesMax = 4096;

/** A genome's frames in order, or a sentence that says what is wrong with it. */
export function expandGenome(
  genome: string,
  customSizesBytes: Readonly<Record<string, number>>,
): { readonly sizesBytes: readonly number[] } | { readonly fault: string } {
  const sizesBytes: number[] = [];
  for (const [, count = '', letter = ''] of genome.matchAll(/([0-9]*)([^0-9]|$)/g)) {
    if (letter === '') {
      if (count !== '') return { fault: `expected a letter after ${count}` };
      continue;
    }
    const size = sizeOf(letter, customSizesBytes);
    if (typeof size === 'string') return { fault: size };
    const repeats = count === '' ? 1 : Number(count);
    if (repeats === 0) return { fault: `expected at least one ${letter}, got 0` };
    if (sizesBytes.length + repeats > imixFramesMax)
      return { fault: `expected at most ${imixFramesMax} frames in all` };
    for (let i = 0; i < repeats; i++) sizesBytes.push(size);
  }
  const unused = Object.keys(customSizesBytes).find((letter) => !genome.includes(letter));
  if (unused !== undefined) return { fault: `the custom size ${unused} is not in the genome` };
  return { sizesBytes };
}

/** The sizes of an IMIX that was checked. */
export function imixSizes({ genome, customSizesBytes }: Imix): readonly number[] {
  const expanded = expandGenome(genome, customSizesBytes);
  if ('fault' in expanded) throw new Error(`IMIX ${genome}: ${expanded.fault}`);
  return expanded.sizesBytes;
}

export function meanOf(sizesBytes: readonly number[]): number {
  return sizesBytes.reduce((sum, size) => sum + size, 0) / sizesBytes.length;
}

function sizeOf(letter: string, customSizesBytes: Readonly<Record<string, number>>): number | string {
  const known = Object.hasOwn(genomeLetters, letter) ? genomeLetters[letter] : undefined;
  if (known !== undefined) return known;
  if (/^[A-Z]$/.test(letter)) {
    const custom = Object.hasOwn(customSizesBytes, letter) ? customSizesBytes[letter] : undefined;
    return custom ?? `the letter ${letter} has no size: give it one in customSizes`;
  }
  if (/^[hij]$/.test(letter))
    return `the letter ${letter} is a frame longer than 1518 bytes, the most this wire carries`;
  return `unknown letter ${JSON.stringify(letter)} (RFC 6985: ${Object.keys(genomeLetters).join(', ')}; capitals for custom sizes)`;
}
