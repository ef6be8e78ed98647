/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** What a test wants to know of an open report. Runs in the page, so it may use nothing from outside of itself. */
export function inspect(): Inspection {
  const result: Inspection = { overflowPixels: 0, overlaps: [], outside: [], charts: [], faintest: Infinity };
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
  return result;
}

export interface Inspection {
  overflowPixels: number;
  overlaps: string[];
  outside: string[];
  charts: { marks: number; widthPixels: number; heightPixels: number }[];
  faintest: number;
}
