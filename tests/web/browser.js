// A real Chromium, inside the lab, that writes down all it should never do: console errors,
// requests to another host, a page loaded twice.
//
// Environment: PAGE_URL; CHROMIUM, a program that runs it in the lab's monitor namespace; DRIVER,
// the folder of playwright-core; SCREENSHOTS, a folder.

import assert from 'node:assert/strict';
import path from 'node:path';

const {PAGE_URL, CHROMIUM, DRIVER, SCREENSHOTS} = process.env;
const {chromium} = await import(path.join(DRIVER, 'index.mjs'));

// The tests run as root, and a lab has no way out of it.
const kArguments = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
                    '--disable-background-networking', '--disable-component-update',
                    '--disable-sync'];

export const kWide = {width: 1440, height: 900};
export const kPhone = {width: 390, height: 844};

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.process = await chromium.launch({executablePath: CHROMIUM, args: kArguments});
    return browser;
  }

  constructor() {
    this.complaints = [];
    this.loads = 0;
  }

  async open({viewport = kWide, colorScheme = 'dark', hash = '', before = null, ...more} = {}) {
    const context = await this.process.newContext({viewport, colorScheme, ...more});
    const page = await context.newPage();
    page.setDefaultTimeout(90000);
    this.listen(page);
    if (before) await page.addInitScript(before);
    await page.goto(PAGE_URL + hash);
    return page;
  }

  listen(page) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.stack));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && url.host !== new URL(PAGE_URL).host) {
        this.complaints.push(`a request to another host: ${url}`);
      }
    });
    page.on('domcontentloaded', () => { this.loads += 1; });
  }

  assertQuiet(loads) {
    assert.deepEqual(this.complaints, []);
    assert.equal(this.loads, loads, 'pages loaded');
  }

  async close() {
    await this.process.close();
  }
}

export async function shoot(page, name) {
  await page.screenshot({path: path.join(SCREENSHOTS, `${name}.png`)});
}

// In the page: where on the map pixels have exactly the colour of a state; {count, x, y} of one
// that is surrounded by its like, in CSS pixels of the canvas.
export function pixelsOf(page, state) {
  return page.evaluate((name) => {
    const map = document.getElementById('map');
    const colour = getComputedStyle(document.documentElement).getPropertyValue(`--state-${name}`);
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.trim().slice(at, at + 2), 16));
    const {width, height} = map;
    const {data} = map.getContext('2d').getImageData(0, 0, width, height);
    const is = (at) => data[at] === r && data[at + 1] === g && data[at + 2] === b;
    const found = {count: 0, x: -1, y: -1};
    for (let at = 0; at < data.length; at += 4) {
      if (!is(at)) continue;
      found.count += 1;
      const inside = [4, -4, 4 * width, -4 * width].every((step) => is(at + step));
      if (found.x < 0 && inside) {
        found.x = (at / 4 % width) / devicePixelRatio;
        found.y = Math.floor(at / 4 / width) / devicePixelRatio;
      }
    }
    return found;
  }, state);
}

// Waits for a condition, never for time.
export async function until(condition, what, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  do {
    last = await condition();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < deadline);
  throw new Error(`waited ${seconds} s for: ${what}`);
}
