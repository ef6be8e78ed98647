import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Html, html } from './markup.ts';

/** What a page has besides what all have; of our own making, never of an archive's. */
export interface PageExtras {
  readonly style?: string;
  /** The only script that the page may run. */
  readonly script?: string;
}

/**
 * The whole page. Its policy forbids every request and every script but its own, which it knows by its sum, so that a hostile archive could not run or fetch
 * anything even if an escape were missed.
 */
export async function page(
  title: string,
  sections: readonly Html[],
  { style: more = '', script }: PageExtras = {},
): Promise<string> {
  const style = new Html(`${await readFile(new URL('./page.css', import.meta.url), 'utf8')}${more}`);
  const allowed =
    script === undefined
      ? ''
      : `; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'${new Html(allowed)}"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <a class="skip" href="#results">Skip to the results</a>
        <main>${sections}</main>
        ${script !== undefined && new Html(`<script>${script}</script>`)}
      </body>
    </html> `.markup;
}
