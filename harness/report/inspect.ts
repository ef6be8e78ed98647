/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** What a test wants to know of an open report. Runs in the page, so it may use nothing from outside of itself. */
export function inspect(): Inspection {
  const result: Inspection = {
    ...{ overflowPixels: 0, overlaps: [], outside: [], charts: [] },
    ...{ faintest: Infinity, faintestMark: Infinity, faintestWords: Infinity, faintWords: '' },
  };
  result.overflowPixels = Math.max(0, document.documentElement.scrollWidth - window.innerWidth);

  const luminance = (color: string): number => {
    const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);

  for (const svg of document.querySelectorAll('figure svg')) {
    const frame = svg.getBoundingClientRect();
    result.charts.push({
      marks: svg.querySelectorAll('path[aria-label]').length,
      widthPixels: frame.width,
      heightPixels: frame.height,
    });
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent !== '');
    const boxes = texts.map((text) => ({ name: text.textContent, box: text.getBoundingClientRect() }));
    for (const text of texts) {
      const ink = luminance(getComputedStyle(text).fill);
      const contrast = (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05);
      result.faintest = Math.min(result.faintest, contrast);
    }
    boxes.forEach((one, index) => {
      const { left, right, top, bottom } = one.box;
      if (
        left < frame.left - 1 ||
        right > frame.right + 1 ||
        top < frame.top - 1 ||
        bottom > frame.bottom + 1
      ) {
        result.outside.push(one.name);
      }
      for (const other of boxes.slice(index + 1)) {
        // Boxes hold the font's whole line; letters may come as near as its leading.
        const slack = 2;
        const across = Math.min(right, other.box.right) - Math.max(left, other.box.left);
        const down = Math.min(bottom, other.box.bottom) - Math.max(top, other.box.top);
        if (across > slack && down > slack) result.overlaps.push(`${one.name} / ${other.name}`);
      }
    });
  }
  const contrastOf = (one: number, other: number): number =>
    (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  for (const mark of document.querySelectorAll('figure svg path[aria-label]')) {
    const { fill, stroke, fillOpacity } = getComputedStyle(mark);
    // Its outline may be what shows it.
    const inks = [...(Number(fillOpacity) === 0 ? [] : [fill]), stroke].filter((color) => color !== 'none');
    const seen = Math.max(...inks.map((color) => contrastOf(luminance(color), page)));
    result.faintestMark = Math.min(result.faintestMark, seen);
  }
  // Words that stand directly in an element, on the nearest background that is painted.
  for (const element of document.querySelectorAll('body :not(svg, svg *, script, style, title)')) {
    const isText = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.textContent?.trim() !== '',
    );
    if (!isText || element.getClientRects().length === 0) continue;
    let under: Element | null = element;
    while (under !== null && /, 0\)$|transparent/.test(getComputedStyle(under).backgroundColor))
      under = under.parentElement;
    const behind = under === null ? page : luminance(getComputedStyle(under).backgroundColor);
    const contrast = contrastOf(luminance(getComputedStyle(element).color), behind);
    if (contrast < result.faintestWords) {
      result.faintestWords = contrast;
      result.faintWords = element.outerHTML.slice(0, 80);
    }
  }
  return result;
}

export interface Inspection {
  overflowPixels: number;
  overlaps: string[];
  outside: string[];
  charts: { marks: number; widthPixels: number; heightPixels: number }[];
  /** Contrast of texts of charts with the page, of marks with the page, and of words with what is behind them. */
  faintest: number;
  faintestMark: number;
  faintestWords: number;
  faintWords: string;
}
