import { readFileSync } from 'node:fs';

/** One end of a packet's way between two parties, as it stands in a region's file (native/abi/region.h). */
export interface RingView {
  /** So many descriptors were put into it since netvmd started. */
  readonly head: number;
  /** What its slots hold: the last descriptors that were put there. */
  readonly descriptors: readonly Descriptor[];
}

export interface Descriptor {
  readonly buffer: number;
  readonly offset: number;
  readonly length: number;
}

const nfsMax = 32;
const linksMax = 64;
const slotBytes = 1280;
const ringHeaderBytes = 128;
const descriptorBytes = 16;

/** A look into a region's file, for a moment when nothing moves. */
export class RegionView {
  readonly #bytes: Buffer;

  constructor(file: string) {
    this.#bytes = readFileSync(file);
  }

  /** netvmd's, into an NF. */
  into(slot: number): RingView {
    return this.#ring(2 * slot);
  }

  /** From an NF back to netvmd. */
  outOf(slot: number): RingView {
    return this.#ring(2 * slot + 1);
  }

  /** From one NF to another; null where no link is between them. */
  link(from: number, to: number): RingView | null {
    const links = this.#offset(40);
    for (let i = 0; i < linksMax; i++) {
      const at = links + 2 * i;
      if (this.#bytes[at] === from && this.#bytes[at + 1] === to) return this.#ring(2 * nfsMax + i);
    }
    return null;
  }

  /** When an NF last got the core, by the host's TSC. */
  wokeTsc(slot: number): bigint {
    return this.#bytes.readBigUInt64LE(this.#offset(24) + slot * slotBytes + 216);
  }

  /** The bytes of a packet, where its descriptor says that they are. */
  packet({ buffer, offset, length }: Descriptor): Buffer {
    const start = this.#offset(72) + buffer * this.#offset(80) + offset;
    return this.#bytes.subarray(start, start + length);
  }

  #ring(index: number): RingView {
    const start = this.#offset(56) + index * this.#offset(64);
    const entries = this.#bytes.readUInt32LE(88);
    const descriptors = Array.from({ length: entries }, (_, i) => {
      const at = start + ringHeaderBytes + i * descriptorBytes;
      return {
        buffer: this.#bytes.readUInt32LE(at),
        offset: this.#bytes.readUInt16LE(at + 4),
        length: this.#bytes.readUInt16LE(at + 6),
      };
    });
    return { head: this.#bytes.readUInt32LE(start), descriptors };
  }

  #offset(at: number): number {
    return Number(this.#bytes.readBigUInt64LE(at));
  }
}
