// The fleet map: every group a tile, every target a cell, on one canvas.
//
// It draws when something changed and never otherwise. Groups and sizes lead to a layout, states
// and filter to bitmaps, the camera to what is seen of them.

import {BlockBitmap, stateWords} from './bitmap.js';
import {Camera} from './camera.js';
import {oncePerFrame} from './dom.js';
import {drawBlock, drawHeading, drawOutline} from './draw.js';
import {boxOf, layOut, tileAt} from './layout.js';
import {compareNames, compareTrouble, isNotUp, themeColours} from './states.js';

// So that frames are part of no tile and of no edge.
const kEdge_px = 4;

export class FleetMap {
  // placed(): tiles have moved.
  constructor(canvas, fleet, filtering, placed) {
    this.placed = placed;
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.fleet = fleet;
    this.filtering = filtering;
    this.camera = new Camera();
    this.order = 'trouble';
    this.shape = '';       // of the layout that is drawn
    this.selected = null;  // name of a group
    this.pointed = null;   // {block, tile, cell} under the pointer or the keyboard
    this.hinted = null;    // name of a group that another part of the page points at
    this.request = oncePerFrame(() => this.draw());
    this.recolour();
    new ResizeObserver(() => this.resize()).observe(canvas);
    fleet.on('groups', () => this.arrange());
    fleet.on('cells', (rows) => this.repaint(rows));
    filtering.on('change', () => this.arrange());
  }

  recolour() {
    this.colours = themeColours();
    this.words = stateWords(this.colours);
    this.paint();
  }

  resize() {
    const {width, height} = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.size = {width, height};
    this.shape = '';
    this.arrange();
    this.draw();  // at once: a new size has emptied the canvas
  }

  setOrder(order) {
    this.order = order;
    this.arrange();
  }

  // Indices of the groups that the filter lets pass, in two lists.
  split() {
    const {groups} = this.fleet;
    const shown = [];
    groups.forEach((group, at) => { if (this.filtering.showsGroup(group)) shown.push(at); });
    const by = (compare) => (a, b) => compare(groups[a], groups[b]);
    if (this.order === 'name') return {above: [], below: shown.sort(by(compareNames))};
    return {above: shown.filter((at) => isNotUp(groups[at])).sort(by(compareTrouble)),
            below: shown.filter((at) => !isNotUp(groups[at])).sort(by(compareNames))};
  }

  // Lays the tiles out anew, but only if one has to move.
  arrange() {
    if (!this.size || this.size.width === 0) return;
    const {above, below} = this.split();
    const shape = JSON.stringify([this.size, this.fleet.generation, above, below]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.place(above, below);
    }
    this.paint();
  }

  place(above, below) {
    const room = {width: this.size.width - 2 * kEdge_px, height: this.size.height - 2 * kEdge_px};
    this.layout = layOut(this.fleet.groups, above, below, room);
    this.tiles = new Map();
    for (const block of this.layout.blocks) {
      block.x += kEdge_px;
      block.y += kEdge_px;
      block.heading += kEdge_px;
      block.bitmap = new BlockBitmap(block);
      for (const shelf of block.shelves) {
        for (const tile of shelf.tiles) this.tiles.set(tile.group, {block, tile});
      }
    }
    this.title(above.length, below.length);
    this.placed();
    this.camera.setSizes(this.size, {width: this.size.width,
                                     height: Math.max(this.size.height, this.layout.height)});
  }

  title(above, below) {
    for (const block of this.layout.blocks) {
      block.title = this.order === 'name' ? 'All groups by name'
        : block.kind === 'above' ? `Not up or suspect: ${above}` : `Up: ${below}`;
    }
  }

  wordOf(row, state) {
    const {full, faded} = this.words;
    return (this.filtering.showsCell(row, state) ? full : faded)[state] ?? 0;
  }

  paint() {
    if (!this.layout) return;
    const wordOf = (row, state) => this.wordOf(row, state);
    for (const [at, {block, tile}] of this.tiles) {
      block.bitmap.paintTile(tile, this.fleet.groups[at], this.fleet.cells, wordOf);
    }
    for (const block of this.layout.blocks) block.bitmap.show();
    this.request();
  }

  repaint(rows) {
    if (!this.layout) return;
    for (const row of rows) {
      const group = this.fleet.groupOfRow(row);
      const place = this.tiles.get(this.fleet.byName.get(group.group));
      if (!place) continue;
      place.block.bitmap.paintCell(place.tile, row - group.first,
                                   this.wordOf(row, this.fleet.cells[row]));
    }
    for (const block of this.layout.blocks) block.bitmap.show();
    this.request();
  }

  draw() {
    if (!this.layout) return;
    const {context, camera, colours} = this;
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, this.size.width, this.size.height);
    for (const block of this.layout.blocks) {
      drawBlock(context, {block, bitmap: block.bitmap, camera, colours,
                          groups: this.fleet.groups, cells: this.fleet.cells});
      drawHeading(context, block, camera, colours);
    }
    this.outline(this.hinted, colours.ink);
    this.outline(this.selected, colours.accent);
    if (this.pointed) {
      const {block, tile, cell} = this.pointed;
      drawOutline(context, block, tile, cell, camera, colours.ink);
    }
    this.drawn = true;
  }

  outline(name, colour) {
    const place = name === null ? null : this.placeOf(name);
    if (place) drawOutline(this.context, place.block, place.tile, -1, this.camera, colour);
  }

  placeOf(name) {
    return this.tiles?.get(this.fleet.byName.get(name)) ?? null;
  }

  // What is at a point of the canvas: {block, tile, cell, group, row}; row -1: the name alone.
  at(x, y) {
    if (!this.layout) return null;
    const world = this.camera.toWorld(x, y);
    const found = tileAt(this.layout, world.x, world.y);
    return found && this.described(found);
  }

  described({block, tile, cell}) {
    const group = this.fleet.groups[tile.group];
    const inside = cell >= 0 && cell < group.targets;
    return {block, tile, group, cell: inside ? cell : -1, row: inside ? group.first + cell : -1};
  }

  point(found) {
    this.pointed = found;
    this.request();
  }

  hint(name) {
    this.hinted = name;
    this.request();
  }

  select(name) {
    this.selected = name;
    this.request();
  }

  // The cell's middle on the canvas.
  positionOf({block, tile, cell}) {
    const box = boxOf(block, tile, cell);
    return this.camera.toView(box.x + box.w / 2, box.y + box.h / 2);
  }

  // Tiles in the order in which they are seen.
  inOrder() {
    return this.layout?.blocks.flatMap((block) => block.shelves.flatMap(
      (shelf) => shelf.tiles.map((tile) => ({block, tile})))) ?? [];
  }
}
