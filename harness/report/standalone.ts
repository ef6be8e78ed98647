import { existsSync } from 'node:fs';
import { exitCode, UserError } from '../model/errors.ts';
import { wrapText, widthAtMost } from './charts/text.ts';
import { chartFont, lightColors } from './charts/theme.ts';
import type { Figure } from './figure.ts';
import { escapeText } from './markup.ts';
import { symbolShape } from './sections/legend.ts';

const marginPixels = 16;
const captionSize = 12;
const lineHeight = 17;

/**
 * A figure as a picture by itself, on white: the chart, its legend, its reading and the command that makes it again, so that none of it is
 * lost where the picture goes alone. The same figure makes the same bytes.
 */
export function figureSvg(figure: Figure): string {
  const { svg, title, description } = figure.chart;
  const { width, height, inside } = partsOf(svg);
  const room = width;
  let y = height + 12;
  const lines: string[] = [];
  for (const row of legendRows(figure, room)) {
    y += lineHeight;
    lines.push(...row.map(({ symbol, text, x }) => legendItem(symbol, text, x, y)));
  }
  y += 6;
  const put = (text: string, color: string) => {
    for (const line of wrapText(text, room, captionSize)) {
      y += lineHeight;
      lines.push(
        `<text x="0" y="${y}" font-size="${captionSize}" fill="${color}">${escapeText(line)}</text>`,
      );
    }
  };
  put(figure.reading, color('ink'));
  put(`Made by ${figure.commands.join(', ')}`, color('muted'));
  const [fullWidth, fullHeight] = [width + 2 * marginPixels, y + 2 * marginPixels + 2];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${fullWidth}" height="${fullHeight}" viewBox="0 0 ${fullWidth} ${fullHeight}">` +
    `<title>${escapeText(`${figure.label}: ${title}`)}</title><desc>${escapeText(`${description}. ${figure.reading}`)}</desc>` +
    `<rect width="100%" height="100%" fill="#ffffff"/>` +
    `<g transform="translate(${marginPixels},${marginPixels})" font-family="${escapeText(chartFont)}">${inside}${lines.join('')}</g></svg>\n`
  );
}

/** Twice as many pixels as the picture is wide, for screens that have them. */
const pngScale = 2;

const fontDir = '/usr/share/fonts/truetype/dejavu';
const fontFiles = [`${fontDir}/DejaVuSans.ttf`, `${fontDir}/DejaVuSans-Bold.ttf`];

/** The picture in pixels. Errors: UserError (3) where the fonts are missing: without them every text would be left out in silence. */
export async function svgToPng(svg: string): Promise<Buffer> {
  const missing = fontFiles.find((file) => !existsSync(file));
  if (missing !== undefined)
    throw new UserError(
      exitCode.testbedUnable,
      `${missing} is missing, and a PNG has no text without it: apt-get install fonts-dejavu-core`,
    );
  const { Resvg } = await import('@resvg/resvg-js');
  const font = {
    fontFiles,
    loadSystemFonts: false,
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
  };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: pngScale } }).render().asPng();
}

interface Parts {
  readonly width: number;
  readonly height: number;
  readonly inside: string;
}

function partsOf(svg: string): Parts {
  const found = /^<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>([\s\S]*)<\/svg>$/.exec(svg);
  const [, width, height, inside] = found ?? [];
  if (width === undefined || height === undefined || inside === undefined)
    throw new Error('vega writes its SVG otherwise than it did: see harness/report/standalone.ts');
  return { width: Number(width), height: Number(height), inside };
}

interface Placed {
  readonly symbol: Figure['legend'][number][0];
  readonly text: string;
  readonly x: number;
}

/** As many entries on a line as have room. */
function legendRows({ legend }: Figure, room: number): Placed[][] {
  const rows: Placed[][] = [[]];
  let x = 0;
  for (const [symbol, whole] of legend) {
    const [text = ''] = wrapText(whole, room - 20, captionSize);
    const width = 20 + widthAtMost(text, captionSize);
    if (x > 0 && x + width > room) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)?.push({ symbol, text, x });
    x += width + 16;
  }
  return rows;
}

function legendItem(symbol: Placed['symbol'], text: string, x: number, y: number): string {
  const shape = symbolShape(symbol).markup.replace(/var\(--([a-z0-9-]+)\)/g, (_, name: string) =>
    color(name),
  );
  return (
    `<g transform="translate(${x},${y - 11})">${shape}</g>` +
    `<text x="${x + 20}" y="${y}" font-size="${captionSize}" fill="${color('muted')}">${escapeText(text)}</text>`
  );
}

function color(name: string): string {
  return lightColors.get(name) ?? '#1b2430';
}
