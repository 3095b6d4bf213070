// A group's past: a strip of hours, what changed, who verified.

import {byId, el, replace, setText} from './dom.js';
import {getJson, groupPath} from './api.js';
import {incidentItem} from './incident_list.js';
import {count, day, moment, percent} from './words.js';

const kStripHours = 72;
const kSince_s = 30 * 86400;
const kChangesShown = 40;

// One bar an hour, as high as the fewest that answered in it. Hours without a sweep stay empty.
function drawStrip(rollups, now) {
  const hour_ms = 3600e3;
  const hourOf = (time_ms) => Math.floor(time_ms / hour_ms);
  const last = hourOf(now);
  const byHour = new Map(rollups.map((each) => [hourOf(Date.parse(each.hour)), each]));
  const bars = [];
  for (let hour = last - kStripHours + 1; hour <= last; ++hour) {
    const rollup = byHour.get(hour);
    const share = rollup && rollup.expected > 0 ? rollup.answering_min / rollup.expected : null;
    const at = new Date(hour * hour_ms);
    const words = share === null ? 'no sweep'
      : `at least ${count(rollup.answering_min)} of ${count(rollup.expected)} answered ` +
        `(${percent(share)}), ${rollup.sweeps} sweeps`;
    const look = share === null ? 'is-none' : share < 1 ? 'is-low' : '';
    const fill = el('span', {class: `bar ${look}`});
    fill.style.height = `${share === null ? 100 : Math.max(6, share * 100)}%`;
    bars.push(el('span', {class: 'hour', title: `${moment(at)}: ${words}`}, fill));
  }
  return bars;
}

// Transitions that happened at one time, to the same state, are one line.
export function groupChanges(transitions) {
  const lines = [];
  for (const {at, from, to, address} of transitions) {
    const last = lines.at(-1);
    if (last?.at === at && last.from === from && last.to === to) last.addresses.push(address);
    else lines.push({at, from, to, addresses: [address]});
  }
  return lines;
}

function changeItem({at, from, to, addresses}) {
  const which = addresses.length === 1 ? addresses[0]
    : `${count(addresses.length)} addresses, ${addresses[0]} …`;
  return el('li', {}, el('span', {class: 'when'}, moment(new Date(at))),
            el('span', {class: `swatch is-${to}`}), ` ${which}: ${from} → ${to}`);
}

function verificationItem({at, by, passed, answering, expected}) {
  return el('li', {}, el('span', {class: 'when'}, moment(new Date(at))),
            el('span', {class: `badge is-${passed ? 'up' : 'down'}`}, passed ? 'passed' : 'failed'),
            ` ${by}: ${count(answering)} of ${count(expected)} answered`);
}

function fill(section, items) {
  byId(`${section}-section`).hidden = items.length === 0;
  replace(byId(section), items);
}

// False: it could not be had.
export async function showHistory(group, isStillWanted) {
  try {
    const history = await getJson(`${groupPath(group.group)}/history?since_s=${kSince_s}`);
    if (!isStillWanted()) return true;
    const now = Date.now();
    replace(byId('strip'), drawStrip(history.rollups, now));
    setText(byId('strip-from'), day(new Date(now - kStripHours * 3600e3)));
    fill('changes', groupChanges(history.transitions).slice(0, kChangesShown).map(changeItem));
    fill('group-incidents', history.incidents.map((incident) => incidentItem(incident, null)));
    fill('verifications', history.verifications.map(verificationItem));
    setText(byId('history-remark'), '');
    return true;
  } catch (error) {
    if (isStillWanted()) setText(byId('history-remark'), error.message);
    return false;
  }
}
