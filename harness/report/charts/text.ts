/** A bold letter is so much wider than a plain one. */
export const boldRatio = 1.12;

/**
 * How wide a text is at most, in pixels: without a canvas nothing can be measured, so letters count as in DejaVu Sans, which is wider
 * than the fonts that come before it in the charts' list.
 */
export function widthAtMost(text: string, fontSize: number): number {
  let ems = 0;
  for (const letter of text) ems += emsOf(letter);
  return ems * fontSize;
}

/** As much of a text as has room, with an ellipsis where something was cut off. */
export function fitText(text: string, roomPixels: number, fontSize: number): string {
  if (widthAtMost(text, fontSize) <= roomPixels) return text;
  let room = roomPixels / fontSize - 1;
  let kept = '';
  for (const letter of text) {
    room -= emsOf(letter);
    if (room < 0) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}

/** Lines of a text that is to be no wider than `roomPixels`; a word that is too long is broken. */
export function wrapText(text: string, roomPixels: number, fontSize: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthAtMost(longer, fontSize) <= roomPixels) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (widthAtMost(line, fontSize) > roomPixels) {
      const head = fitText(line, roomPixels, fontSize).slice(0, -1);
      if (head === '') break;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return line === '' ? lines : [...lines, line];
}

function emsOf(letter: string): number {
  if (/[ ijl.,:;'|!·]/.test(letter)) return 0.34;
  if (/[ftr()\[\]/-]/.test(letter)) return 0.42;
  if (/[ckszvxyJ]/.test(letter)) return 0.6;
  if (/[mwMW@%—…]/.test(letter)) return 1;
  if (/[A-Z&→×≥]/.test(letter)) return 0.84;
  return letter.charCodeAt(0) < 0x2500 ? 0.645 : 1.1;
}
