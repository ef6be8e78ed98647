import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { withPage } from './browser.ts';

/**
 * A picture of a report's first screen: the result and the throughput chart, for the README. Needs Chromium.
 * `node harness/report/picture.ts results/RUN/report.html reports/quickstart.png`
 */
export async function writePicture(reportFile: string, pngFile: string): Promise<void> {
  await mkdir(dirname(resolve(pngFile)), { recursive: true });
  const look = { widthPixels: 1120, heightPixels: 900, colorScheme: 'light' } as const;
  await withPage(resolve(reportFile), look, async ({ page }) => {
    const panels = await page.locator('section[aria-labelledby="throughput"] .panels').boundingBox();
    const height = panels === null ? look.heightPixels : Math.ceil(panels.y + panels.height + 16);
    const clip = { x: 0, y: 0, width: look.widthPixels, height };
    await page.screenshot({ path: resolve(pngFile), fullPage: true, clip });
  });
}

if (import.meta.main) {
  const [reportFile, pngFile] = process.argv.slice(2);
  if (reportFile === undefined || pngFile === undefined)
    throw new Error('usage: picture.ts REPORT.html OUT.png');
  await writePicture(reportFile, pngFile);
}
