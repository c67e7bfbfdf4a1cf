import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { z } from 'zod';
import { startWebServer } from '../../infra/local/web-server.ts';

/** Nothing of it may look for anything on a network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
  '--autoplay-policy=no-user-gesture-required',
];
const LOOK_MS = 50;

const Facts = z.object({
  seconds: z.number(),
  /** Null: no end is known. */
  duration: z.number().nullable(),
  height: z.number(),
  heights: z.array(z.number()),
  isEnded: z.boolean(),
  isSeeking: z.boolean(),
  hasSound: z.boolean(),
  soundBytes: z.number(),
  frames: z.number(),
  isGrowing: z.boolean().nullable(),
  /** Listed by each media playlist of a picture, in the order in which they were loaded. */
  segments: z.array(z.number()),
  errors: z.array(z.object({ fatal: z.boolean(), type: z.string(), details: z.string() })),
});
export type Facts = z.infer<typeof Facts>;

/** hls.js in a page of an origin of its own. */
export interface Player {
  /** Begins to load a playlist. */
  load(url: string): Promise<void>;
  /** @param rate 1 is as fast as it was filmed. */
  play(rate?: number): Promise<void>;
  seek(seconds: number): Promise<void>;
  /** Shows the rendition of this height. */
  show(height: number): Promise<void>;
  facts(): Promise<Facts>;
  /** Waits until the facts are so; throws when an error ends playback before. */
  until(what: string, isSo: (facts: Facts) => boolean): Promise<Facts>;
  /** Requests of the page to other origins, as method and path. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Where the browser is: `CHROMIUM_PATH`, or where Debian has it. */
export const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

export async function openPlayer(): Promise<Player> {
  const web = await startWebServer(await pageFiles(), 0);
  // Its sound library leaves a directory behind.
  const temporary = await mkdtemp(join(tmpdir(), 'browser-'));
  const env = { ...process.env, TMPDIR: temporary };
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS, env });
  const page = await browser.newPage();
  const requests: string[] = [];
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin !== new URL(web.url).origin) requests.push(`${request.method()} ${pathname}`);
  });
  await page.goto(`${web.url}/`);

  const call = (what: string): Promise<unknown> => page.evaluate(`player.${what}`);
  const facts = async () => Facts.parse(await call('facts()'));
  return {
    requests,
    facts,
    load: async (url) => {
      await call(`load(${JSON.stringify(url)})`);
    },
    play: async (rate = 1) => {
      await call(`play(${rate})`);
    },
    seek: async (seconds) => {
      await call(`seek(${seconds})`);
    },
    show: async (height) => {
      await call(`show(${height})`);
    },
    until: async (what, isSo) => {
      const until = performance.now() + 60_000;
      for (;;) {
        const latest = await facts();
        if (latest.errors.some(({ fatal }) => fatal)) throw new Error(`Playback failed: ${tell(latest)}`);
        if (isSo(latest)) return latest;
        if (performance.now() > until) throw new Error(`Not ${what}: ${tell(latest)}`);
        await delay(LOOK_MS);
      }
    },
    close: async () => {
      await browser.close();
      await web.stop();
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function pageFiles(): Promise<(request: Request) => Response> {
  const here = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  const library = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');
  const files = new Map([
    ['/', { type: 'text/html', text: await here('page.html') }],
    ['/page.js', { type: 'text/javascript', text: await here('page.js') }],
    ['/hls.js', { type: 'text/javascript', text: await readFile(library, 'utf8') }],
  ]);
  return ({ url }) => {
    const file = files.get(new URL(url).pathname);
    if (file === undefined) return new Response(null, { status: 404 });
    return new Response(file.text, { headers: { 'Content-Type': file.type } });
  };
}

function tell(facts: Facts): string {
  return JSON.stringify(facts);
}
