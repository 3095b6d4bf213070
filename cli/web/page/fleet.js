// What the page knows of the fleet: groups in row order and one state a target. Everything else
// on the page is drawn from here, and listens.
//
// Events: 'groups' (tiles come, go or stand otherwise), 'cells' (detail: rows), 'status',
// 'silences', 'incident' (detail: the incident), 'note' (detail: group).

import {isNotUp, rankByName} from './states.js';

export class Fleet extends EventTarget {
  constructor() {
    super();
    this.groups = [];
    this.byName = new Map();
    this.cells = new Uint8Array(0);
    this.version = 0;
    this.generation = 0;  // of the groups' places and sizes
    this.status = null;
    this.silences = [];
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }

  on(type, listener) {
    this.addEventListener(type, (event) => listener(event.detail));
  }

  // All anew: the first picture, and after another inventory.
  adopt({groups, cells, version, status}) {
    this.groups = groups.sort((a, b) => a.first - b.first);
    this.byName = new Map(this.groups.map((group, at) => [group.group, at]));
    rankByName(this.groups);
    this.generation += 1;
    this.cells = cells;
    this.version = version;
    this.tell('groups', null);
    this.adoptStatus(status);
  }

  adoptStatus(status) {
    this.status = status;
    this.tell('status');
    this.adoptSilences(status.silences);
  }

  adoptSilences(silences) {
    this.silences = silences;
    this.tell('silences');
  }

  changeCells({version, changes}) {
    if (version <= this.version) return;
    this.version = version;
    const rows = [];
    for (const [row, state] of changes) {
      if (row >= this.cells.length || this.cells[row] === state) continue;
      this.cells[row] = state;
      rows.push(row);
    }
    if (rows.length > 0) this.tell('cells', rows);
  }

  changeGroups(changed) {
    for (const group of changed) {
      const at = this.byName.get(group.group);
      if (at !== undefined) this.groups[at] = {...group, rank: this.groups[at].rank};
    }
    if (changed.length > 0) this.tell('groups', changed.map((group) => group.group));
  }

  named(name) {
    const at = this.byName.get(name);
    return at === undefined ? null : this.groups[at];
  }

  // The group that owns a row: the last one that begins at or before it.
  groupOfRow(row) {
    let low = 0;
    let high = this.groups.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.groups[middle].first <= row) low = middle;
      else high = middle;
    }
    return this.groups[low] ?? null;
  }

  notUp() {
    return this.groups.filter(isNotUp);
  }

  // The ranges that a group's missing addresses make; of what is not up alone.
  missingOf(name) {
    return this.status?.groups_not_up.find((group) => group.group === name)?.missing ?? [];
  }

  // The open incident that a group is part of.
  incidentOf(name) {
    return this.status?.incidents.find((incident) => incident.groups.includes(name)) ?? null;
  }
}
