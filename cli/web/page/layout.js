// Where every tile goes. Pure: groups and a size in, positions out.
//
// A block is a grid of cells, all of one size; tiles stand on shelves in it, in order, with room
// for a name above each. What is not up has a block of its own, on top and as large as there is
// room for: that is what people come to see.
//
//   block.x, .y, .scale   position and size of a cell, in pixels of the unzoomed map
//   block.width, .height  in cells; block.shelves: ascending by y, tiles ascending by x
//   tile.x, .y, .w, .h    in cells of its block, without the name; tile.group: index into groups

const kScales = [22, 20, 18, 16, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2.5, 2, 1.5, 1.25, 1,
                 0.8, 0.6, 0.45, 0.33, 0.25, 0.18, 0.12, 0.08, 0.05];
const kHeading_px = 24;
const kName_px = 16;
const kNameWidth_px = 52;
const kSharesOfTrouble = [0.6, 0.5, 0.4, 0.3];
// Pixels a cell, from which names and marks are seen.
const kNamedFrom = 4;
export const kMarkedFrom = 7;
const kBetween_px = 10;

// A power of two, so that a server's addresses line up as a person counts them.
export function tileWidth(targets) {
  return 2 ** Math.ceil(Math.log2(Math.sqrt(Math.max(1, targets))));
}

// Names need room only where cells are so large that they are seen at all.
function spacing(scale) {
  if (scale < kNamedFrom) return {name: 2, gap: scale < 1 ? 2 : 1, least: 1};
  return {name: Math.ceil(kName_px / scale), gap: scale > 8 ? 1 : 2,
          least: Math.ceil(kNameWidth_px / scale)};
}

function packShelves(groups, order, width, scale) {
  const {name, gap, least} = spacing(scale);
  const shelves = [];
  let shelf = null;
  for (const at of order) {
    const w = Math.min(tileWidth(groups[at].targets), Math.max(1, width - gap));
    const h = Math.ceil(groups[at].targets / w);
    const outer = Math.max(w, least) + gap;
    if (shelf === null || shelf.used + outer > width + gap) {
      const y = shelf === null ? 0 : shelf.y + shelf.height;
      shelf = {y, height: 0, used: 0, tiles: []};
      shelves.push(shelf);
    }
    shelf.tiles.push({group: at, x: shelf.used, y: shelf.y + name, w, h, outer});
    shelf.used += outer;
    shelf.height = Math.max(shelf.height, name + h + gap);
  }
  const last = shelves.at(-1);
  return {shelves, name, height: last ? last.y + last.height : 0};
}

// The largest cells with which all tiles of `order` fit.
function packBlock(groups, order, width_px, height_px, y) {
  const cells = order.reduce((sum, at) => sum + groups[at].targets, 0);
  const scales = kScales.filter((each) => each * each * cells <= width_px * height_px);
  let packed = null;
  let scale = kScales.at(-1);
  for (scale of scales.length > 0 ? scales : [scale]) {
    const width = Math.floor(width_px / scale);
    packed = {width, ...packShelves(groups, order, width, scale)};
    if (packed.height * scale <= height_px) break;
  }
  return {x: 0, y, scale, ...packed};
}

function stack(groups, above, below, {width, height}, share) {
  const blocks = [];
  let y = 0;
  const add = (order, room, kind) => {
    if (order.length === 0) return;
    const block = packBlock(groups, order, width, room - kHeading_px, y + kHeading_px);
    blocks.push({...block, kind, heading: y});
    y += kHeading_px + block.height * block.scale + kBetween_px;
  };
  add(above, below.length > 0 ? height * share : height, 'above');
  add(below, height - y, 'below');
  return {blocks, width, height: Math.max(height, y - kBetween_px)};
}

// `above` and `below`: indices of groups, in order; either may be empty. What is above gets room
// for its marks, and then as much as leaves the rest its names, as far as that can be.
export function layOut(groups, above, below, size) {
  if (above.length === 0 || below.length === 0) return stack(groups, above, below, size, 1);
  let marked = null;
  for (const share of kSharesOfTrouble) {
    const layout = stack(groups, above, below, size, share);
    const [first, last] = layout.blocks;
    if (first.scale < kMarkedFrom) return marked ?? layout;
    if (last.scale >= kNamedFrom) return layout;
    marked = layout;
  }
  return marked;
}

function lastAtOrBefore(list, value, key) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][key] <= value) low = middle + 1;
    else high = middle;
  }
  return list[low - 1] ?? null;
}

// The tile at a point of the unzoomed map, its name included, and the cell in it (-1: none).
export function tileAt(layout, x, y) {
  const block = layout.blocks.findLast((each) => y >= each.y);
  if (!block) return null;
  const cx = (x - block.x) / block.scale;
  const cy = (y - block.y) / block.scale;
  const shelf = lastAtOrBefore(block.shelves, cy, 'y');
  const tile = shelf && cx >= 0 ? lastAtOrBefore(shelf.tiles, cx, 'x') : null;
  if (!tile || cx > tile.x + tile.outer || cy > tile.y + tile.h) return null;
  const column = Math.floor(cx) - tile.x;
  const line = Math.floor(cy) - tile.y;
  const inside = column >= 0 && column < tile.w && line >= 0 && line < tile.h;
  return {block, tile, cell: inside ? line * tile.w + column : -1};
}

// The rectangle of a cell, or of the whole tile for cell -1, on the unzoomed map.
export function boxOf(block, tile, cell = -1) {
  const {x, y, scale} = block;
  if (cell < 0) {
    return {x: x + tile.x * scale, y: y + tile.y * scale, w: tile.w * scale, h: tile.h * scale};
  }
  return {x: x + (tile.x + cell % tile.w) * scale,
          y: y + (tile.y + Math.floor(cell / tile.w)) * scale, w: scale, h: scale};
}
