// One group, opened: what is missing exactly, its addresses, its past, and what one can do.

import {byId, el, replace, setText} from './dom.js';
import {getJson, groupPath} from './api.js';
import {AddressList} from './address_list.js';
import {showHistory} from './group_history.js';
import {kTroubleWords, standingOf} from './states.js';
import {count, plural} from './words.js';

const kRest_ms = 250;
const kAgain_ms = 3000;  // after an answer that did not come
const kTick_ms = 60000;  // what only time changes

function rangeItems(ranges) {
  return ranges.map((range) => el('li', {class: 'mono'}, range));
}

function labelItems(group) {
  const pairs = Object.entries(group.labels ?? {});
  if (group.parent) pairs.unshift(['parent', group.parent]);
  return pairs.map(([key, value]) => el('li', {}, `${key}=${value}`));
}

export class Panel {
  // actions: {silence(group), note(group), sweep(group)}; moved(name|null) tells what is open.
  constructor(fleet, targets, actions, moved) {
    this.fleet = fleet;
    this.moved = moved;
    this.name = null;
    this.addresses = new AddressList(fleet, targets);
    for (const action of ['silence', 'note', 'sweep']) {
      byId(`do-${action}`).addEventListener('click', () => actions[action](fleet.named(this.name)));
    }
    byId('panel-close').addEventListener('click', () => this.close());
    byId('panel').addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    fleet.on('groups', (names) => this.refresh(names === null || names.includes(this.name)));
    fleet.on('cells', (rows) => this.refresh(rows.some((row) => this.owns(row))));
    fleet.on('incident', (incident) => this.refresh(incident.groups.includes(this.name)));
    fleet.on('note', (name) => this.refresh(name === this.name));
    setInterval(() => this.refresh(!document.hidden), kTick_ms);
  }

  open(name) {
    if (!this.fleet.named(name)) return;
    if (this.name === null) this.before = document.activeElement;
    this.name = name;
    this.addresses.clear();
    byId('overview').hidden = true;
    byId('panel').hidden = false;
    document.documentElement.classList.add('has-panel');
    this.show();
    this.load();
    byId('panel-title').focus();
    byId('panel').scrollTop = 0;
    this.moved(name);
  }

  close() {
    if (this.name === null) return;
    const {name} = this;
    this.name = null;
    byId('panel').hidden = true;
    byId('overview').hidden = false;
    document.documentElement.classList.remove('has-panel');
    // The row may be another element by now.
    const row = document.querySelector(`#troubles-rows [data-group="${CSS.escape(name)}"] button`);
    if (this.before?.isConnected && this.before !== document.body) this.before.focus();
    else (row ?? byId('map')).focus();
    this.moved(null);
  }

  // What the fleet knows already; the rest follows.
  show() {
    const group = this.fleet.named(this.name);
    if (!group) return this.close();
    const standing = standingOf(group);
    setText(byId('panel-title'), group.group);
    const badge = byId('panel-badge');
    badge.className = `badge is-${standing}`;
    setText(badge, kTroubleWords[standing]);
    byId('panel-silenced').hidden = !group.silenced;
    setText(byId('panel-count'), `${count(group.answering)} of ${count(group.expected)} ` +
      `addresses answer · ${plural(group.targets, 'target')}`);
    setText(byId('panel-note'), group.note || 'No note.');
    replace(byId('panel-labels'), labelItems(group));
  }

  owns(row) {
    const group = this.fleet.named(this.name);
    return group !== null && row >= group.first && row < group.first + group.targets;
  }

  refresh(isAboutIt) {
    if (this.name === null || !isAboutIt) return;
    this.show();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.load(), kRest_ms);
  }

  // Each part shows what it gets; one that gets nothing is asked for again.
  async load() {
    const {name} = this;
    const group = name === null ? null : this.fleet.named(name);
    if (!group) return;
    const done = await Promise.all([
      this.addresses.load(group), showHistory(group, () => this.name === name),
      this.loadWhole(name)]);
    if (this.name !== name || !done.includes(false)) return;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.load(), kAgain_ms);
  }

  async loadWhole(name) {
    try {
      const whole = await getJson(groupPath(name));
      if (this.name === name) this.showWhole(whole);
      return true;
    } catch (error) {
      if (this.name === name) setText(byId('panel-sentence'), error.message);
      return false;
    }
  }

  showWhole(whole) {
    setText(byId('panel-sentence'), whole.sentence ?? '');
    setText(byId('panel-note'), whole.note || 'No note.');
    for (const kind of ['missing', 'closed']) {
      const ranges = whole[`${kind}_ranges`] ?? [];
      byId(`${kind}-section`).hidden = ranges.length === 0;
      replace(byId(kind), rangeItems(ranges));
    }
  }
}
