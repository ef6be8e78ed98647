const value = String.raw`(?:"[^"<]*"|'[^'<]*'|[\w#./%:-]+)`;
const attribute = String.raw`\s+([A-Za-z_][\w:.-]*)(?:\s*=\s*(${value}))?`;
const anyAttribute = new RegExp(attribute, 'g');
/** A tag as our templates write it. What else begins with `<` and a letter a browser may read otherwise than this does. */
const tag = new RegExp(
  String.raw`</?([A-Za-z][\w:-]*)((?:${attribute})*)\s*/?>|<!doctype html>|<!--[^<>]*-->`,
  'iy',
);

/** Elements that run, load or send something, or change where links lead. */
const active =
  /^(?:script|iframe|frame|frameset|object|embed|applet|link|base|form|foreignobject|animate\w*|set|noscript|template|img|image|video|audio)$/i;

/**
 * What in a page could run or fetch when it is opened, or might; null where there is nothing of the kind, as in every report. It rather refuses what it does not know: each `<` that a browser could take for a tag must begin one
 * whose attributes hold no other `<`.
 */
export function activeMarkup(page: string): string | null {
  for (let at = page.indexOf('<'); at !== -1; at = page.indexOf('<', at + 1)) {
    tag.lastIndex = at;
    const [whole, name, attributes = ''] = tag.exec(page) ?? [];
    if (whole === undefined) {
      if (/[A-Za-z/!?]/.test(page[at + 1] ?? '')) return 'markup that no report has';
      continue;
    }
    if (name !== undefined && active.test(name)) return `an element <${name.toLowerCase()}>`;
    for (const [, key = '', quoted = ''] of attributes.matchAll(anyAttribute)) {
      const found = activeAttribute(key.toLowerCase(), quoted.replaceAll(/^["']|["']$/g, ''));
      if (found !== null) return found;
    }
  }
  return null;
}

/** A link of a report leads to a place in it; its one pragma is what it forbids itself. */
function activeAttribute(name: string, text: string): string | null {
  if (/^on|^srcdoc$/.test(name)) return `an inline handler ${name}`;
  if (/^(?:xlink:href|href|src|srcset|action|formaction)$/.test(name) && !text.startsWith('#'))
    return `a link to elsewhere (${name})`;
  return name === 'http-equiv' && text !== 'Content-Security-Policy' ? 'a pragma that leads elsewhere' : null;
}
