import assert from 'node:assert/strict';
import test from 'node:test';

import {Camera} from '../../../cli/web/page/camera.js';
import {boxOf, layOut, tileAt, tileWidth} from '../../../cli/web/page/layout.js';

const kSize = {width: 900, height: 500};

function fleetOf(sizes) {
  let first = 0;
  return sizes.map((targets) => {
    const group = {targets, first};
    first += targets;
    return group;
  });
}

function tilesOf(layout) {
  return layout.blocks.flatMap((block) => block.shelves.flatMap(
    (shelf) => shelf.tiles.map((tile) => ({block, tile}))));
}

function overlap(a, b) {
  return a.x < b.x + b.w - 1e-6 && b.x < a.x + a.w - 1e-6 &&
    a.y < b.y + b.h - 1e-6 && b.y < a.y + a.h - 1e-6;
}

const kFleets = {
  'one address': [1], 'one server': [254], 'the story': new Array(20).fill(254),
  'all sizes': [1, 3000, 2, 17, 254, 254, 1, 999, 64, 5, 5, 5, 20000],
  'a hundred thousand': new Array(400).fill(250), 'many small': new Array(3000).fill(2),
};

for (const [name, sizes] of Object.entries(kFleets)) {
  test(`${name}: every group has a tile, inside of the map, and none covers another`, () => {
    const groups = fleetOf(sizes);
    const all = groups.map((_, at) => at);
    const layout = layOut(groups, all.slice(0, 2), all.slice(2), kSize);
    const tiles = tilesOf(layout);
    assert.deepEqual(tiles.map(({tile}) => tile.group).sort((a, b) => a - b), all);
    const boxes = tiles.map(({block, tile}) => boxOf(block, tile));
    for (const box of boxes) {
      assert.ok(box.x >= 0 && box.x + box.w <= kSize.width + 1e-6, JSON.stringify(box));
      assert.ok(box.y >= 0 && box.y + box.h <= layout.height + 1e-6, JSON.stringify(box));
    }
    const some = boxes.slice(0, 300);
    some.forEach((a, i) => some.slice(i + 1).forEach((b) => assert.ok(!overlap(a, b))));
    assert.ok(layout.height <= kSize.height + 1e-6, `fits: ${layout.height}`);
  });
}

test('every cell is found again at its own place', () => {
  const groups = fleetOf([40, 254, 7]);
  const layout = layOut(groups, [1], [0, 2], kSize);
  for (const {block, tile} of tilesOf(layout)) {
    for (let cell = 0; cell < groups[tile.group].targets; ++cell) {
      const box = boxOf(block, tile, cell);
      const found = tileAt(layout, box.x + box.w / 2, box.y + box.h / 2);
      assert.equal(found?.tile, tile);
      assert.equal(found.cell, cell);
    }
  }
  assert.equal(tileAt(layout, kSize.width - 1, kSize.height - 1), null);
});

test('what is not up is drawn larger than what is up', () => {
  const groups = fleetOf(new Array(400).fill(250));
  const all = groups.map((_, at) => at);
  const [above, below] = layOut(groups, all.slice(0, 2), all.slice(2), kSize).blocks;
  assert.ok(above.scale >= 4 * below.scale, `${above.scale} and ${below.scale}`);
});

test('a tile is as wide as a power of two', () => {
  assert.deepEqual([1, 2, 4, 5, 254, 256, 257].map(tileWidth), [1, 2, 2, 4, 16, 16, 32]);
});

test('zooming keeps the point under the pointer where it is', () => {
  const camera = new Camera();
  camera.setSizes(kSize, kSize);
  const before = camera.toWorld(300, 200);
  camera.zoomBy(5, {x: 300, y: 200});
  const after = camera.toWorld(300, 200);
  assert.ok(Math.abs(before.x - after.x) < 1e-9 && Math.abs(before.y - after.y) < 1e-9);
});

test('the view never leaves the map', () => {
  const camera = new Camera();
  camera.setSizes(kSize, kSize);
  camera.zoomBy(4, {x: 0, y: 0});
  camera.panBy(1e6, 1e6);
  assert.deepEqual([camera.x, camera.y], [0, 0]);
  camera.panBy(-1e6, -1e6);
  assert.deepEqual([camera.x, camera.y], [675, 375]);
  camera.zoomBy(1e-9);
  assert.ok(camera.isFitted && camera.x === 0 && camera.y === 0);
});

test('a cell that is shown is in sight', () => {
  const camera = new Camera();
  camera.setSizes(kSize, kSize);
  const box = {x: 880, y: 490, w: 2, h: 2};
  camera.show(box, 8);
  const at = camera.toView(box.x, box.y);
  assert.ok(at.x >= 0 && at.x + box.w * camera.zoom <= kSize.width + 1e-6);
  assert.ok(at.y >= 0 && at.y + box.h * camera.zoom <= kSize.height + 1e-6);
});
