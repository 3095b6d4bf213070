// The story as an operator sees it in a browser: a server comes back with some of its addresses,
// its tile turns, it is opened, read, silenced, healed, and turns back, all in one page load.
//
// Environment: that of browser.js; LAB_SCRIPT and LAB, the lab; TOKEN; WATCH_PID; UP and ALIASES.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';

import {Browser, kPhone, pixelsOf, shoot, until} from './browser.js';

const {LAB_SCRIPT, LAB, TOKEN} = process.env;
const kUp = Number(process.env.UP);
const kAliases = Number(process.env.ALIASES);
const kServer = 'web02';
const kRange = `198.18.2.${kUp + 1}-198.18.2.${kAliases}`;

const lab = (...words) => execFileSync(LAB_SCRIPT, ['--name', LAB, ...words], {stdio: 'inherit'});
const say = (text) => console.log(`${new Date().toISOString()} ${text}`);

const mood = (page) => page.evaluate(() => document.documentElement.dataset.mood);
const text = (page, id) => page.locator(`#${id}`).innerText();
const isMood = (page, wanted, seconds) =>
  until(async () => await mood(page) === wanted, `the page to look ${wanted}`, seconds);

async function missingPixel(page) {
  return until(async () => {
    const found = await pixelsOf(page, 'missing');
    return found.x >= 0 && found;
  }, 'a cell in the colour of what is missing');
}

async function seesTheTileTurn(page) {
  assert.equal((await pixelsOf(page, 'missing')).count, 0, 'nothing is missing before');
  lab('break', kServer, '--after', String(kUp));
  await isMood(page, 'trouble');
  await until(async () => (await text(page, 'sentence')).includes(kServer),
              'its name in the sentence');
  await until(async () => (await page.locator('#legend [data-state=missing] b').innerText()) ===
    String(kAliases - kUp), 'all of its missing cells', 60);
  say(`the sentence: ${await text(page, 'sentence')}`);
  await shoot(page, 'trouble-dark');
}

async function readsTheCell(page) {
  const at = await missingPixel(page);
  await page.locator('#map').hover({position: at});
  await until(async () => (await text(page, 'tip')).includes('connect:'), 'evidence in the tip');
  const tip = await text(page, 'tip');
  assert.match(tip, /198\.18\.2\.\d+:80 missing/);
  assert.match(tip, /since \d/);
  const host = Number(tip.match(/198\.18\.2\.(\d+):80/)[1]);
  assert.ok(host > kUp && host <= kAliases, tip);
  await shoot(page, 'tip-dark');
  await page.locator('#map').click({position: at});
}

async function readsTheMissingRange(page) {
  assert.equal(await text(page, 'panel-title'), kServer);
  await until(async () => (await page.locator('#missing li').allInnerTexts()).join() === kRange,
              `the range ${kRange}`);
  await until(async () => (await text(page, 'addresses-remark')) ===
    `${kAliases - kUp} of ${kAliases} not up`, 'the list of addresses');
  const first = await page.locator('#addresses .address').first().innerText();
  assert.match(first, new RegExp(`198\\.18\\.2\\.${kUp + 1}:80`));
  await page.locator('#group-incidents li').first().waitFor();
  await shoot(page, 'panel-dark');
}

async function silencesIt(page) {
  await page.locator('#do-silence').click();
  await page.locator('#silence-dialog [name=author]').fill('anna');
  await page.locator('#silence-dialog [name=reason]').fill('new disks <b>soon</b>');
  await page.locator('#silence-dialog [value=ok]').click();
  const asked = page.locator('#token-dialog');
  await asked.locator('[name=token]').fill('schlüssel');  // nothing that a header can hold
  await asked.locator('[value=ok]').click();
  await page.getByText('signs of ASCII alone').waitFor();
  await asked.locator('[name=token]').fill('not the token');
  await asked.locator('[value=ok]').click();
  await page.getByText('does not take this token').waitFor();
  await shoot(page, 'wrong-token');
  await asked.locator('[name=token]').fill(TOKEN);
  await asked.locator('[value=ok]').click();
  await page.locator('#panel-silenced').waitFor();
  await isMood(page, 'quiet');
}

async function notesAndSweeps(page) {
  await page.locator('#do-note').click();
  await page.locator('#note-dialog [name=text]').fill('run ipaliases twice');
  await page.locator('#note-dialog [value=ok]').click();
  await until(async () => (await text(page, 'panel-note')) === 'run ipaliases twice', 'the note');
  await page.locator('#do-sweep').click();
  await until(async () => (await text(page, 'toast')).includes('is asked at once'), 'the sweep');
  await page.locator('#panel-close').click();
  await until(async () => (await text(page, 'silences-list')).includes('new disks <b>soon</b>'),
              'the silence in the list, as it was typed');
  await shoot(page, 'silenced-dark');
}

async function findsByKeyboard(page) {
  await page.locator('body').press('/');
  await page.keyboard.type('is:missing');
  assert.equal(await text(page, 'search-summary'), '1 of 3 groups');
  assert.match(page.url(), /#q=is%3Amissing/);
  await page.keyboard.press('Escape');
  assert.equal(await text(page, 'search-summary'), '');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('ArrowRight');
  await until(async () => (await text(page, 'map-spoken')).startsWith('198.18.2.2 port 80: up'),
              'the cell in words');
  await page.keyboard.press('Enter');
  assert.equal(await text(page, 'panel-title'), kServer);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#panel').isVisible(), false);
}

async function searchesByPrefix(page) {
  await page.locator('#search').fill('198.18.3.0/28');
  await until(async () => (await text(page, 'search-summary')) === '1 of 3 groups', 'one group');
  await page.locator('#search').fill('');
}

async function healsIt(page) {
  lab('heal', kServer);
  await until(async () => (await pixelsOf(page, 'missing')).count === 0, 'the tile to turn back');
  await isMood(page, 'well');
  assert.equal(await text(page, 'troubles-title'), 'Every group is up');
  const ended = page.locator('#recent-list li').filter({hasText: kServer});
  await ended.first().waitFor();
  await page.locator('#silences-list button').click();
  await page.locator('#silences').waitFor({state: 'hidden'});
  await shoot(page, 'healed-dark');
}

async function seesThatTheWatchIsGone(page) {
  process.kill(Number(process.env.WATCH_PID), 'SIGSTOP');
  try {
    await page.locator('#banner').waitFor({timeout: 60000});
    assert.match(await text(page, 'banner-text'), /Not connected since \d/);
    assert.equal(await mood(page), 'lost');
    await shoot(page, 'lost-dark');
  } finally {
    process.kill(Number(process.env.WATCH_PID), 'SIGCONT');
  }
  await page.locator('#banner').waitFor({state: 'hidden', timeout: 60000});
  await isMood(page, 'well');
}

async function showsOn(browser, name, options) {
  const page = await browser.open(options);
  await page.locator('html.is-loaded').waitFor();
  await page.locator('#plots .uplot').nth(2).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name}: nothing to scroll sideways, but ${wide} px`);
  await shoot(page, name);
  await page.context().close();
}

const browser = await Browser.start();
let page;
try {
  page = await browser.open();
  await isMood(page, 'well');
  say(`the sentence: ${await text(page, 'sentence')}`);
  await shoot(page, 'well-dark');
  await seesTheTileTurn(page);
  await readsTheCell(page);
  await readsTheMissingRange(page);
  await showsOn(browser, 'trouble-light', {colorScheme: 'light'});
  await showsOn(browser, 'trouble-phone', {viewport: kPhone, colorScheme: 'light', hasTouch: true});
  await showsOn(browser, 'panel-phone', {viewport: kPhone, hash: `#group=${kServer}`});
  browser.assertQuiet(4);
  await silencesIt(page);
  // Chromium itself writes a line for an answer of 401, and that is the only one.
  assert.equal(browser.complaints.length, 1, browser.complaints.join('\n'));
  assert.match(browser.complaints.pop(), /401/);
  await notesAndSweeps(page);
  await findsByKeyboard(page);
  await searchesByPrefix(page);
  await healsIt(page);
  await showsOn(browser, 'well-light', {colorScheme: 'light'});
  browser.assertQuiet(5);
  await seesThatTheWatchIsGone(page);
  assert.equal(browser.loads, 5, 'the page was never loaded again');
  say('done');
} catch (error) {
  if (page) await shoot(page, 'failed');
  throw error;
} finally {
  await browser.close();
}
