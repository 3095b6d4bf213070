// A group's addresses: what is not up first, or only that; of any number.

import {byId, el, setText} from './dom.js';
import {count, duration, evidenceText, milliseconds} from './words.js';
import {VirtualList} from './virtual_list.js';

const kWorst = ['missing', 'suspect', 'closed', 'never-answered', 'new', 'up'];

function rowOf(target) {
  const since = target.since ? duration((Date.now() - Date.parse(target.since)) / 1000) : '';
  return el('div', {class: 'address', role: 'listitem', title: evidenceText(target.evidence)},
    el('span', {class: `swatch is-${target.state}`}),
    el('span', {class: 'mono'}, `${target.address}:${target.port}`),
    el('span', {class: 'state'}, target.state),
    el('span', {class: 'since'}, since),
    el('span', {class: 'detail'}, target.rtt_ms === null
      ? evidenceText(target.evidence) : milliseconds(target.rtt_ms)));
}

export class AddressList {
  constructor(fleet, targets) {
    this.fleet = fleet;
    this.targets = targets;
    this.list = new VirtualList(byId('addresses'), rowOf);
    byId('addresses-all').addEventListener('change', () => this.show());
    this.group = null;
    this.loaded = [];
  }

  clear() {
    this.group = null;
    this.loaded = [];
    this.list.set([]);
    setText(byId('addresses-remark'), '');
  }

  // False: it could not be had.
  async load(group) {
    this.group = group.group;
    if (this.loaded.length === 0) setText(byId('addresses-remark'), 'loading…');
    try {
      const loaded = await this.targets.of(group.group);
      if (this.group !== group.group) return true;
      this.loaded = loaded;
      this.show();
      return true;
    } catch (error) {
      if (this.group === group.group) setText(byId('addresses-remark'), error.message);
      return false;
    }
  }

  show() {
    const bad = this.loaded.filter((target) => target.state !== 'up');
    const all = byId('addresses-all').checked || bad.length === 0;
    const shown = all ? [...this.loaded] : bad;
    // Stable: rows stay in order of address within a state.
    shown.sort((a, b) => kWorst.indexOf(a.state) - kWorst.indexOf(b.state));
    this.list.set(shown);
    setText(byId('addresses-remark'), bad.length === 0
      ? `all ${count(this.loaded.length)} answer`
      : `${count(bad.length)} of ${count(this.loaded.length)} not up`);
  }
}
