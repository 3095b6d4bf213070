// Wheel, drag, pinch and keys on the fleet map.
//
//   arrows  from cell to cell        Page up/down  from group to group     Enter  opens the group
//   + - 0   zoom in, out, all        Shift+arrows  pan                     Escape lets go

import {boxOf} from './layout.js';

const kStep = 1.35;
const kClick_px = 5;
const kCellSeen_px = 14;

export class MapInput {
  // pointAt(found|null, byKeyboard), open(name)
  constructor(map, {pointAt, open}) {
    this.map = map;
    this.pointAt = pointAt;
    this.open = open;
    this.fingers = new Map();
    this.moved = 0;
    const {canvas} = map;
    const on = (type, handler, options) =>
      canvas.addEventListener(type, (event) => handler.call(this, event), options);
    on('wheel', this.wheel, {passive: false});
    on('pointerdown', this.down);
    on('pointermove', this.move);
    on('pointerup', this.up);
    on('pointercancel', this.up);
    on('pointerleave', () => this.pointed(null));
    on('keydown', this.key);
    on('blur', () => this.pointed(null));
  }

  changed() {
    const {map} = this;
    // At full view a finger scrolls the page; once zoomed in, it moves the map.
    map.canvas.classList.toggle('is-zoomed', !map.camera.isFitted);
    map.request();
  }

  zoom(factor, at) {
    this.map.camera.zoomBy(factor, at);
    this.changed();
  }

  fit() {
    this.map.camera.fit();
    this.changed();
  }

  pointed(found, byKeyboard = false) {
    this.map.point(found);
    this.pointAt(found, byKeyboard);
  }

  wheel(event) {
    if (event.deltaY > 0 && this.map.camera.isFitted) return;  // the page scrolls on
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    const amount = Math.max(-120, Math.min(120, event.deltaY * lines));
    this.zoom(Math.exp(-amount / 300), {x: event.offsetX, y: event.offsetY});
    this.pointed(this.map.at(event.offsetX, event.offsetY));
  }

  down(event) {
    if (event.button !== 0) return;
    this.map.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, {x: event.offsetX, y: event.offsetY});
    if (this.fingers.size === 1) this.moved = 0;
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    const now = {x: event.offsetX, y: event.offsetY};
    if (!before) return this.pointed(this.map.at(now.x, now.y));
    this.moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (this.fingers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.moved > kClick_px) this.map.camera.panBy(now.x - before.x, now.y - before.y);
    if (this.moved > kClick_px) this.pointed(null);
    this.fingers.set(event.pointerId, now);
    this.changed();
  }

  pinch(id, before, now) {
    const other = [...this.fingers].find(([each]) => each !== id)[1];
    const distance = (a, b) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    const middle = {x: (now.x + other.x) / 2, y: (now.y + other.y) / 2};
    this.map.camera.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.map.camera.zoomBy(distance(now, other) / distance(before, other), middle);
  }

  up(event) {
    const was = this.fingers.get(event.pointerId);
    this.fingers.delete(event.pointerId);
    if (!was || event.type === 'pointercancel' || this.moved > kClick_px) return;
    const found = this.map.at(event.offsetX, event.offsetY);
    if (found) this.open(found.group.group);
  }

  key(event) {
    const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    const arrow = arrows[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow && event.shiftKey) this.pan(...arrow);
    else if (arrow) this.step(...arrow);
    else if (event.key === 'PageDown') this.jump(1);
    else if (event.key === 'PageUp') this.jump(-1);
    else if (event.key === '+' || event.key === '=') this.zoom(kStep, this.focus());
    else if (event.key === '-') this.zoom(1 / kStep, this.focus());
    else if (event.key === '0') this.fit();
    else if (event.key === 'Enter') this.openPointed();
    else if (event.key === 'Escape' && this.map.pointed) this.pointed(null);
    else return;
    event.preventDefault();
  }

  focus() {
    return this.map.pointed ? this.map.positionOf(this.map.pointed) : undefined;
  }

  pan(dx, dy) {
    const {view} = this.map.camera;
    this.map.camera.panBy(-dx * view.width / 8, -dy * view.height / 8);
    this.changed();
  }

  openPointed() {
    if (this.map.pointed) this.open(this.map.described(this.map.pointed).group.group);
  }

  // To the neighbouring cell; over the edge of a tile to the next tile.
  step(dx, dy) {
    const {pointed} = this.map;
    if (!pointed) return this.jump(1);
    const {block, tile} = pointed;
    const cell = Math.max(0, pointed.cell);
    const x = cell % tile.w + dx;
    const next = cell + dx + dy * tile.w;
    const {targets} = this.map.fleet.groups[tile.group];
    if (x < 0 || x >= tile.w || next < 0 || next >= targets) return this.jump(dx + dy);
    this.show({block, tile, cell: next});
  }

  jump(by) {
    const tiles = this.map.inOrder();
    if (tiles.length === 0) return;
    const at = tiles.findIndex((each) => each.tile === this.map.pointed?.tile);
    const next = tiles[at < 0 ? 0 : Math.max(0, Math.min(tiles.length - 1, at + by))];
    this.show({...next, cell: 0});
  }

  show(found) {
    const {camera} = this.map;
    camera.show(boxOf(found.block, found.tile, found.cell),
                Math.max(camera.zoom, Math.min(kCellSeen_px / found.block.scale, 12)));
    this.changed();
    this.pointed(this.map.described(found), true);
  }
}
