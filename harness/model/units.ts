/** Preamble, start delimiter and inter-frame gap: what a frame occupies on the wire besides itself. */
export const wireOverheadBytes = 20;

/** Frames per second of a full wire. 64 bytes on 10e9 bit/s: 14,880,952. */
export function lineRatePps(lineRateBps: number, frameSizeBytes: number): number {
  return lineRateBps / ((frameSizeBytes + wireOverheadBytes) * 8);
}

/** What a cell's frames take on average, bytes with CRC: what rates of the wire are counted with. */
export function meanFrameBytes(cell: {
  readonly frameSizeBytes: number;
  readonly imix?: { readonly meanBytes: number };
}): number {
  return cell.imix?.meanBytes ?? cell.frameSizeBytes;
}

/** Layer 1 rate in Gbit/s of a packet rate: what the wire carries, as the field quotes it. */
export function layer1Gbps(pps: number, frameSizeBytes: number): number {
  return (pps * (frameSizeBytes + wireOverheadBytes) * 8) / 1e9;
}
