import { readFile } from 'node:fs/promises';
import { Html, html } from './markup.ts';

/**
 * The whole page. Its policy forbids scripts and every request, so that a hostile archive could not run or fetch
 * anything even if an escape were missed.
 */
export async function page(title: string, sections: readonly Html[]): Promise<string> {
  const style = new Html(await readFile(new URL('./page.css', import.meta.url), 'utf8'));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
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
      </body>
    </html> `.markup;
}
