// What is only asked for when somebody looks: the addresses of a group with their evidence.

import {getPages} from './api.js';

const kPage = 10000;
const kFresh_ms = 20000;  // round-trip times change with every sweep
const kGroupsMax = 50;

export class Targets {
  constructor(fleet) {
    this.fleet = fleet;
    this.kept = new Map();  // name -> {promise, list, at}
    fleet.on('groups', (names) => {
      if (names === null) this.kept.clear();
      else for (const name of names) this.kept.delete(name);
    });
    fleet.on('cells', (rows) => {
      for (const row of rows) this.kept.delete(fleet.groupOfRow(row).group);
    });
  }

  // All targets of a group, in row order.
  of(name) {
    const kept = this.kept.get(name);
    if (kept && Date.now() - kept.at < kFresh_ms) return kept.promise;
    const entry = {at: Date.now(), list: kept?.list ?? null};
    entry.promise = getPages('api/v1/targets', 'targets', {group: name, limit: kPage})
      .then(({list}) => (entry.list = list.sort((a, b) => a.row - b.row)));
    entry.promise.catch(() => this.kept.delete(name));
    this.kept.delete(name);
    this.kept.set(name, entry);
    if (this.kept.size > kGroupsMax) this.kept.delete(this.kept.keys().next().value);
    return entry.promise;
  }

  // What is known of a row without asking; null: nothing.
  known(group, row) {
    return this.kept.get(group.group)?.list?.[row - group.first] ?? null;
  }
}
