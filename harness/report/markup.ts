/**
 * HTML from templates that escape by default: an archive may come from anybody, and none of its texts may become
 * markup. Only `Html` values pass unescaped, and only templates and the chart renderer make them.
 */
export type HtmlValue = string | number | null | undefined | false | Html | readonly HtmlValue[];

export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(
    squeezed(strings)
      .map((text, index) => text + toMarkup(values[index]))
      .join(''),
  );
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

/** A template's indentation is for its reader: in a table of 2,000 rows it would be half of the page. */
function squeezed(strings: TemplateStringsArray): readonly string[] {
  const texts = known.get(strings) ?? strings.map((text) => text.replace(/\s+/g, ' '));
  known.set(strings, texts);
  return texts;
}

export function escapeText(text: string): string {
  return plain(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Without the characters that steer a terminal, or turn the direction of the text around them. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** The same, line by line. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

function toMarkup(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return escapeText(String(value));
  return value.map(toMarkup).join('');
}
