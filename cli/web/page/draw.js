// What is drawn over the bitmaps: lines between cells, the marks of cells that are not up, names,
// frames. Only of tiles that are seen, and only where there is room.

import {kStates, isNotUp} from './states.js';
import {boxOf, kMarkedFrom} from './layout.js';

const kNameFrom_px = 9;
const kNameTo_px = 13;

// Calls visit(tile) for each tile of a block that is in sight.
export function eachVisible(block, camera, visit) {
  const from = camera.toWorld(0, 0);
  const to = camera.toWorld(camera.view.width, camera.view.height);
  const top = (from.y - block.y) / block.scale;
  const bottom = (to.y - block.y) / block.scale;
  const left = (from.x - block.x) / block.scale;
  const right = (to.x - block.x) / block.scale;
  for (const shelf of block.shelves) {
    if (shelf.y + shelf.height < top) continue;
    if (shelf.y > bottom) break;
    for (const tile of shelf.tiles) {
      if (tile.x > right) break;
      if (tile.x + tile.outer >= left) visit(tile);
    }
  }
}

// The part of the block's bitmap that is in sight, and no more: at a high zoom the whole would be
// millions of pixels wide.
export function drawBitmap(context, block, bitmap, camera) {
  const size = camera.zoom * block.scale;
  const corner = camera.toView(block.x, block.y);
  const x = Math.max(0, Math.floor(-corner.x / size));
  const y = Math.max(0, Math.floor(-corner.y / size));
  const w = Math.min(bitmap.width, Math.ceil((camera.view.width - corner.x) / size)) - x;
  const h = Math.min(bitmap.height, Math.ceil((camera.view.height - corner.y) / size)) - y;
  if (w <= 0 || h <= 0) return;
  context.imageSmoothingEnabled = size < 1;
  context.drawImage(bitmap.canvas, x, y, w, h, corner.x + x * size, corner.y + y * size,
                    w * size, h * size);
}

function viewBox(camera, box) {
  const {x, y} = camera.toView(box.x, box.y);
  return {x, y, w: box.w * camera.zoom, h: box.h * camera.zoom};
}

function drawLines(context, box, tile, size) {
  const thick = size > 14 ? 2 : 1;
  for (let i = 1; i < tile.w; ++i) {
    context.fillRect(Math.round(box.x + i * size), box.y, thick, box.h);
  }
  for (let i = 1; i < tile.h; ++i) {
    context.fillRect(box.x, Math.round(box.y + i * size), box.w, thick);
  }
}

// A shape for each state, so that nobody has to tell colours apart. Adds to a path.
const kShapes = {
  'missing': (context, x, y, s) => {
    const a = s * 0.28;
    context.moveTo(x + a, y + a);
    context.lineTo(x + s - a, y + s - a);
    context.moveTo(x + s - a, y + a);
    context.lineTo(x + a, y + s - a);
  },
  'closed': (context, x, y, s) => {
    context.moveTo(x + s * 0.25, y + s / 2);
    context.lineTo(x + s * 0.75, y + s / 2);
  },
  'suspect': (context, x, y, s) => {
    context.moveTo(x + s / 2, y + s * 0.25);
    context.lineTo(x + s / 2, y + s * 0.75);
  },
  'never-answered': (context, x, y, s) => context.rect(x + s * 0.3, y + s * 0.3, s * 0.4, s * 0.4),
  'new': (context, x, y, s) => context.rect(x + s * 0.45, y + s * 0.45, s * 0.1, s * 0.1),
};

function drawMarks(context, block, tile, group, cells, camera) {
  const size = camera.zoom * block.scale;
  const corner = camera.toView(block.x + tile.x * block.scale, block.y + tile.y * block.scale);
  context.beginPath();
  for (let cell = 0; cell < group.targets; ++cell) {
    const shape = kShapes[kStates[cells[group.first + cell]]];
    if (!shape) continue;
    const x = corner.x + (cell % tile.w) * size;
    const y = corner.y + Math.floor(cell / tile.w) * size;
    if (x < -size || y < -size || x > camera.view.width || y > camera.view.height) continue;
    shape(context, x, y, size);
  }
  context.lineWidth = Math.min(3, Math.max(1.25, size / 9));
  context.stroke();
}

function shortened(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let length = Math.floor(text.length * room / context.measureText(text).width);
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) --length;
  return length > 1 ? `${text.slice(0, length)}…` : '';
}

function drawName(context, block, tile, group, camera, colours, above) {
  const size = camera.zoom * block.scale;
  const height = Math.min(kNameTo_px, above * size * 0.82);
  if (height < kNameFrom_px) return;
  const at = camera.toView(block.x + tile.x * block.scale, block.y + tile.y * block.scale);
  const bad = isNotUp(group);
  context.font = `${bad ? 600 : 400} ${Math.round(height)}px system-ui, sans-serif`;
  context.fillStyle = bad ? colours.ink : colours.faint;
  const text = shortened(context, group.group, (tile.outer - 0.5) * size);
  if (text) context.fillText(text, at.x, at.y - height * 0.3);
}

function drawFrame(context, box, colour, width, dashes = []) {
  const out = width / 2 + 1;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.strokeRect(box.x - out, box.y - out, box.w + 2 * out, box.h + 2 * out);
  context.setLineDash([]);
}

function drawHatch(context, box, colour) {
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.w, box.h);
  context.clip();
  context.beginPath();
  for (let at = -box.h; at < box.w; at += 8) {
    context.moveTo(box.x + at, box.y + box.h);
    context.lineTo(box.x + at + box.h, box.y);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.stroke();
  context.restore();
}

export function drawBlock(context, {block, bitmap, camera, colours, groups, cells}) {
  drawBitmap(context, block, bitmap, camera);
  const size = camera.zoom * block.scale;
  eachVisible(block, camera, (tile) => {
    const group = groups[tile.group];
    const box = viewBox(camera, boxOf(block, tile));
    if (group.silenced) drawHatch(context, box, colours.ground);
    if (size >= kMarkedFrom) {
      context.fillStyle = colours.ground;
      drawLines(context, box, tile, size);
      context.strokeStyle = colours.mark;
      drawMarks(context, block, tile, group, cells, camera);
    }
    if (isNotUp(group)) {
      drawFrame(context, box, group.silenced ? colours.faint : colours.trouble, 1.5,
                group.silenced ? [4, 3] : []);
    }
    drawName(context, block, tile, group, camera, colours, block.name);
  });
}

export function drawHeading(context, block, camera, colours) {
  const at = camera.toView(block.x, block.heading);
  context.font = '600 12px system-ui, sans-serif';
  context.fillStyle = colours.faint;
  context.fillText(block.title, Math.max(0, at.x), at.y + 13);
}

export function drawOutline(context, block, tile, cell, camera, colour) {
  drawFrame(context, viewBox(camera, boxOf(block, tile, cell)), colour, 2);
}
