// The states with their colours, shapes and numbers; each filters by itself when pressed.

import {byId, el, replace} from './dom.js';
import {toggledToken} from './filter.js';
import {kStates, kStateWords} from './states.js';
import {count} from './words.js';

// As people look for them.
const kOrder = ['missing', 'suspect', 'closed', 'never-answered', 'new', 'up'];

export class Legend {
  constructor(fleet, filtering, setFilter) {
    this.fleet = fleet;
    this.filtering = filtering;
    this.setFilter = setFilter;
    for (const type of ['groups', 'cells']) fleet.on(type, () => this.show());
    filtering.on('change', () => this.show());
  }

  show() {
    const counts = new Array(kStates.length).fill(0);
    for (const state of this.fleet.cells) counts[state] += 1;
    const held = document.activeElement?.dataset?.state;
    replace(byId('legend'),
            kOrder.map((state) => this.item(state, counts[kStates.indexOf(state)])));
    if (held) byId('legend').querySelector(`[data-state="${held}"]`)?.focus();
  }

  item(state, number) {
    const pressed = this.filtering.filter.states.includes(state);
    return el('button', {
      'type': 'button', 'class': number > 0 ? 'chip' : 'chip is-none', 'data-state': state,
      'aria-pressed': String(pressed), 'title': kStateWords[state],
      'onclick': () => this.setFilter(toggledToken(this.filtering.text, `is:${state}`)),
    }, el('span', {class: `swatch is-${state}`}), `${state} `, el('b', {}, count(number)));
  }
}
