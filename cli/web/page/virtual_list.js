// A list of any length of which only the rows in sight exist.

import {el, oncePerFrame} from './dom.js';

const kRow_px = 30;
const kSpare = 6;

export class VirtualList {
  // rowOf(item) -> an element.
  constructor(viewport, rowOf) {
    this.viewport = viewport;
    this.rowOf = rowOf;
    this.items = [];
    this.sheet = el('div', {class: 'sheet', role: 'presentation'});
    viewport.replaceChildren(this.sheet);
    const update = oncePerFrame(() => this.update());
    viewport.addEventListener('scroll', update, {passive: true});
    new ResizeObserver(update).observe(viewport);
  }

  set(items) {
    this.items = items;
    this.sheet.style.height = `${items.length * kRow_px}px`;
    this.update();
  }

  update() {
    const {scrollTop, clientHeight} = this.viewport;
    const from = Math.max(0, Math.floor(scrollTop / kRow_px) - kSpare);
    const to = Math.min(this.items.length,
                        Math.ceil((scrollTop + clientHeight) / kRow_px) + kSpare);
    const rows = [];
    for (let at = from; at < to; ++at) {
      const row = this.rowOf(this.items[at]);
      row.setAttribute('aria-setsize', String(this.items.length));
      row.setAttribute('aria-posinset', String(at + 1));
      row.style.transform = `translateY(${at * kRow_px}px)`;
      rows.push(row);
    }
    this.sheet.replaceChildren(...rows);
  }
}
