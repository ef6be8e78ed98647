import type { Imix } from './imix.ts';
import { describeKind } from './traffic.ts';

/** What a cell's packets are. Figures of two cells stand side by side only where this is the same. */
export interface Frames {
  /** The same for the same frames, and for no others. */
  readonly key: string;
  /** Of an IMIX the mean, rounded up. */
  readonly sizeBytes: number;
  /** `64-byte frames`, `frames of IMIX 7a4A1g, IPv6`. */
  readonly words: string;
  /** `64 B`, `IMIX 7a4A1g, IPv6`. */
  readonly short: string;
}

export function framesOf(cell: {
  readonly frameSizeBytes: number;
  readonly imix?: Imix;
  readonly traffic?: string;
}): Frames {
  const { frameSizeBytes: sizeBytes, imix, traffic } = cell;
  const more = traffic === undefined ? '' : `, ${traffic}`;
  return {
    key: `${sizeBytes} ${describeKind(cell) ?? ''}`,
    sizeBytes,
    words: `${imix === undefined ? `${sizeBytes}-byte frames` : `frames of IMIX ${imix.genome}`}${more}`,
    short: `${imix === undefined ? `${sizeBytes} B` : `IMIX ${imix.genome}`}${more}`,
  };
}
