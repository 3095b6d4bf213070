// What the search box says now, with what only the watch can tell of a prefix.
//
// Events: 'change'.

import {getPages} from './api.js';
import {kNoFilter, matchesCell, matchesGroup, parseFilter} from './filter.js';

const kRowsMax = 10000;

export class Filtering extends EventTarget {
  constructor(fleet) {
    super();
    this.fleet = fleet;
    this.text = '';
    this.filter = kNoFilter;
    this.forget();
    fleet.on('groups', (names) => {
      if (names === null && this.filter.prefix !== null) this.ask(this.filter.prefix);
    });
  }

  on(type, listener) {
    this.addEventListener(type, listener);
  }

  forget() {
    this.prefixGroups = null;
    this.prefixRows = null;
    this.problem = '';
  }

  set(text) {
    const before = this.filter.prefix;
    this.text = text;
    this.filter = parseFilter(text);
    if (this.filter.prefix !== before) {
      this.forget();
      if (this.filter.prefix !== null) this.ask(this.filter.prefix);
    }
    this.dispatchEvent(new Event('change'));
  }

  // Which groups have addresses in the prefix, and which rows exactly, unless they are too many.
  async ask(prefix) {
    try {
      const [groups, targets] = await Promise.all([
        getPages('api/v1/groups', 'groups', {prefix}),
        getPages('api/v1/targets', 'targets', {prefix, limit: kRowsMax}, 1)]);
      if (this.filter.prefix !== prefix) return;
      this.prefixGroups = new Set(groups.list.map((group) => group.group));
      this.problem = '';
      this.prefixRows = targets.more ? null : new Set(targets.list.map((target) => target.row));
    } catch (error) {
      if (this.filter.prefix !== prefix) return;
      this.prefixGroups = new Set();
      this.problem = error.message;
    }
    this.dispatchEvent(new Event('change'));
  }

  showsGroup(group) {
    return matchesGroup(this.filter, group, this.fleet.cells, this.prefixGroups);
  }

  showsCell(row, state) {
    return this.filter.isEmpty || matchesCell(this.filter, row, state, this.prefixRows);
  }

  // What a person is told beside the box.
  summary() {
    if (this.problem) return this.problem;
    const {unknown} = this.filter;
    if (unknown.length > 0) return `not known: ${unknown.join(' ')}`;
    if (this.filter.isEmpty) return '';
    const shown = this.fleet.groups.filter((group) => this.showsGroup(group)).length;
    return `${shown} of ${this.fleet.groups.length} groups`;
  }
}
