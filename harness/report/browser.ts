import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's browser: the tests bring none of their own. */
const executablePath = '/usr/bin/chromium';

export interface Look {
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly colorScheme: 'light' | 'dark';
  /** False for a browser that runs no scripts. */
  readonly javaScript?: false;
}

/** What a page did while it was open. */
export interface Seen {
  readonly page: Page;
  /** Messages on the console and errors of scripts. */
  readonly complaints: readonly string[];
  /** Everything it asked for besides itself. */
  readonly requests: readonly string[];
}

/** Opens a file in a browser that has no network and no past, shows it, and closes everything again. For tests. */
export async function withPage<T>(file: string, look: Look, use: (seen: Seen) => Promise<T>): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), 'netvm-report-'));
  let context: BrowserContext | undefined;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
      offline: true,
      colorScheme: look.colorScheme,
      javaScriptEnabled: look.javaScript ?? true,
      viewport: { width: look.widthPixels, height: look.heightPixels },
    });
    return await use(await open(context, file));
  } finally {
    await context?.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function open(context: BrowserContext, file: string): Promise<Seen> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  const self = `file://${file}`;
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== self) requests.push(request.url());
  });
  await page.goto(self, { waitUntil: 'load' });
  return { page, complaints, requests };
}
