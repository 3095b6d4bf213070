// The list of what is not up: the map's content for people who read, and for screen readers.

import {byId, el, replaceIfOther, setText} from './dom.js';
import {compareTrouble, isNotUp, kTroubleWords, standingOf} from './states.js';
import {ago, count, moment, plural, shortList} from './words.js';

const kRowsMax = 200;
const kRangesShown = 2;

export class Troubles {
  // hint(name|null): points at a tile.
  constructor(fleet, filtering, {open, hint}) {
    this.fleet = fleet;
    this.filtering = filtering;
    this.open = open;
    this.hint = hint;
    for (const type of ['groups', 'status']) fleet.on(type, () => this.show());
    filtering.on('change', () => this.show());
  }

  show() {
    if (!this.fleet.status) return;
    const all = this.fleet.groups.filter(isNotUp);
    const shown = all.filter((group) => this.filtering.showsGroup(group)).sort(compareTrouble);
    const held = document.activeElement?.closest('#troubles tr')?.dataset.group;
    replaceIfOther(byId('troubles-rows'),
                   shown.slice(0, kRowsMax).map((group) => this.words(group)),
                   (words) => this.row(words));
    byId('troubles').hidden = shown.length === 0;
    setText(byId('troubles-title'), this.title(all));
    setText(byId('troubles-more'), this.remark(all.length, shown.length));
    if (held && !document.activeElement.closest('#troubles')) {
      this.rowOf(held)?.querySelector('button').focus();
    }
  }

  title(all) {
    const suspect = all.filter((group) => standingOf(group) === 'suspect').length;
    const waiting = all.filter((group) => standingOf(group) === 'never-answered').length;
    const notUp = all.length - suspect - waiting;
    const parts = [];
    if (notUp > 0) parts.push(`${plural(notUp, 'group')} not up`);
    if (suspect > 0) parts.push(`${plural(suspect, 'group')} suspect`);
    if (waiting > 0) parts.push(`${plural(waiting, 'group')} with addresses that never answered`);
    return parts.join(', ') || 'Every group is up';
  }

  remark(all, shown) {
    if (shown > kRowsMax) return `and ${count(shown - kRowsMax)} more; search to see them`;
    if (shown < all) return `${count(all - shown)} more that the search leaves out`;
    return all === 0 ? this.neverAnswered() : '';
  }

  neverAnswered() {
    const number = this.fleet.groups.reduce((sum, group) => sum + (group.never_answered ?? 0), 0);
    return number === 0 ? '' : `${plural(number, 'target')} never answered since known`;
  }

  rowOf(name) {
    return byId('troubles-rows').querySelector(`[data-group="${CSS.escape(name)}"]`);
  }

  // All that a row shows.
  words(group) {
    const incident = this.fleet.incidentOf(group.group);
    return {
      group: group.group,
      standing: standingOf(group),
      isSilenced: group.silenced,
      ranges: shortList(this.fleet.missingOf(group.group), kRangesShown),
      counts: `${count(group.answering)} of ${count(group.expected)}`,
      startedAt: incident?.started_at ?? null,
      age: incident ? ago(new Date(incident.started_at)) : '–',
    };
  }

  row({group, standing, isSilenced, ranges, counts, startedAt, age}) {
    return el('tr', {'data-group': group, 'class': isSilenced ? 'is-silenced' : null,
                     'onpointerenter': () => this.hint(group),
                     'onpointerleave': () => this.hint(null),
                     'onclick': () => this.open(group)},
      el('th', {scope: 'row'}, el('button', {
        type: 'button', class: 'link', onfocus: () => this.hint(group),
        onblur: () => this.hint(null), title: group,
      }, group)),
      el('td', {},
         el('div', {class: 'badges'},
            el('span', {class: `badge is-${standing}`}, kTroubleWords[standing]),
            isSilenced ? el('span', {class: 'badge is-quiet'}, 'silenced') : null),
         el('div', {class: 'ranges'}, ranges)),
      el('td', {class: 'number'}, counts),
      el('td', {}, startedAt === null ? age
        : el('time', {datetime: startedAt, title: moment(new Date(startedAt))}, age)));
  }
}
