import { inflateSync } from 'node:zlib';

/** Eight bits each of red, green, blue and opacity, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Reads a PNG as we and Chromium write them: 8 bits, RGB or RGBA, not interlaced. For tests. */
export function decodePng(png: Buffer): Pixels {
  const data: Buffer[] = [];
  let header: Buffer | undefined;
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = body;
    if (type === 'IDAT') data.push(body);
    at += length + 12;
  }
  if (header === undefined || header[8] !== 8 || ![2, 6].includes(header[9] ?? 0) || header[12] !== 0)
    throw new Error('expected a PNG of 8 bits, RGB or RGBA, not interlaced');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 6 ? 4 : 3;
  const found = unfilter(inflateSync(Buffer.concat(data)), { stride: width * channels, height, channels });
  return { width, height, pixels: channels === 4 ? found : withOpacity(found) };
}

interface Layout {
  readonly stride: number;
  readonly height: number;
  readonly channels: number;
}

function withOpacity(rgb: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let pixel = 0; pixel < rgb.length / 3; pixel += 1)
    for (const channel of [0, 1, 2]) pixels[pixel * 4 + channel] = rgb[pixel * 3 + channel] ?? 0;
  return pixels;
}

/** Each row begins with the number of its filter (PNG specification, section 9). */
function unfilter(raw: Buffer, { stride, height, channels }: Layout): Uint8Array {
  const pixels = new Uint8Array(stride * height);
  const at = (row: number, column: number) =>
    row < 0 || column < 0 ? 0 : (pixels[row * stride + column] ?? 0);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)];
    for (let column = 0; column < stride; column += 1) {
      const [left, up, corner] = [
        at(row, column - channels),
        at(row - 1, column),
        at(row - 1, column - channels),
      ];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      pixels[row * stride + column] = (raw[row * (stride + 1) + 1 + column] ?? 0) + guess;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value)) as [number, number, number];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The share of pixels of which a colour differs by more than a shade; 1 where the sizes do. */
export function differingShare(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let differing = 0;
  for (let at = 0; at < a.pixels.length; at += 4) {
    const isOther = [0, 1, 2].some((i) => Math.abs((a.pixels[at + i] ?? 0) - (b.pixels[at + i] ?? 0)) > 24);
    if (isOther) differing += 1;
  }
  return differing / (a.width * a.height);
}
