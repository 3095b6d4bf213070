// The page below a path of a reverse proxy: all that it names is found there, a change of the fleet
// shows without a reload, and what an operator changes arrives.
//
// Environment: that of browser.js; LAB_SCRIPT and LAB, the lab; TOKEN; UP.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';

import {Browser, until} from './browser.js';

const {LAB_SCRIPT, LAB, TOKEN, UP} = process.env;
const lab = (...words) => execFileSync(LAB_SCRIPT, ['--name', LAB, ...words], {stdio: 'inherit'});

const browser = await Browser.start();
try {
  const failed = [];
  const page = await browser.open();
  page.on('response', (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  const isMood = (wanted) => until(
    async () => await page.evaluate(() => document.documentElement.dataset.mood) === wanted,
    `the page to look ${wanted}`, 90);
  await isMood('well');
  const note = await page.evaluate(async (token) => {
    const response = await fetch('api/v1/notes', {
      method: 'POST',
      headers: {'X-Rollcall-Request': '1', 'Content-Type': 'application/json',
                Authorization: `Bearer ${token}`},
      body: JSON.stringify({group: 'web02', text: 'behind a proxy', author: 'anna'}),
    });
    return response.status;
  }, TOKEN);
  assert.equal(note, 200);
  lab('break', 'web02', '--after', UP);
  await isMood('trouble');
  lab('heal', 'web02');
  await isMood('well');
  assert.deepEqual(failed, []);
  browser.assertQuiet(1);
} finally {
  await browser.close();
}
