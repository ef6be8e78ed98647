import type { Imix } from './imix.ts';
import { describeKind } from './traffic.ts';

/** What a cell's packets are. Figures of two cells stand side by side only where this is the same. */
export interface Frames {
  /** The same for the same frames, and for no others. */
  readonly key: string;
  /** Of an IMIX the mean, rounded up. */
  readonly sizeBytes: number;
  /** `64-byte frames`, `frames of IMIX 7a4A1g`. */
  readonly words: string;
  /** `64 B`, `IMIX 7a4A1g`. */
  readonly short: string;
  /** What the packets are besides, `IPv6, VLAN 100`; null where there is nothing to say. */
  readonly traffic: string | null;
}

/** A genome may have thousands of letters; these tell it apart, or nearly. */
const genomeLettersShown = 16;

export function framesOf(cell: {
  readonly frameSizeBytes: number;
  readonly imix?: Imix;
  readonly traffic?: string;
}): Frames {
  const { frameSizeBytes: sizeBytes, imix, traffic = null } = cell;
  const key = `${sizeBytes} ${describeKind(cell) ?? ''}`;
  if (imix === undefined)
    return { key, sizeBytes, traffic, words: `${sizeBytes}-byte frames`, short: `${sizeBytes} B` };
  const { genome } = imix;
  const short = `IMIX ${genome.slice(0, genomeLettersShown)}${genome.length > genomeLettersShown ? '…' : ''}`;
  return { key, sizeBytes, traffic, words: `frames of ${short}`, short };
}
