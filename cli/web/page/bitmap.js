// A block's cells as an image of one pixel a cell: to move or to zoom a hundred thousand of them
// is one copy of an image, and a change is one pixel.

const kFaded = 0.78;

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// As ImageData holds it in a 32-bit word, on the little-endian machines that browsers run on.
function word([red, green, blue]) {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

// {full, faded}: a word for each state; faded is for what a filter leaves out.
export function stateWords(colours) {
  const ground = channels(colours.ground);
  const full = colours.states.map(channels);
  const fade = (state) => state.map((c, i) => Math.round(c + (ground[i] - c) * kFaded));
  return {full: Uint32Array.from(full, word), faded: Uint32Array.from(full.map(fade), word)};
}

export class BlockBitmap {
  constructor(block) {
    this.width = Math.max(1, block.width);
    this.height = Math.max(1, Math.ceil(block.height));
    this.canvas = document.createElement('canvas');
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext('2d');
    this.image = this.context.createImageData(this.width, this.height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  // wordOf(row, state) -> a word. Draws nothing before show().
  paintTile(tile, group, cells, wordOf) {
    for (let cell = 0; cell < group.targets; ++cell) {
      this.paintCell(tile, cell, wordOf(group.first + cell, cells[group.first + cell]));
    }
  }

  paintCell(tile, cell, colour) {
    const x = tile.x + cell % tile.w;
    const y = tile.y + Math.floor(cell / tile.w);
    this.words[y * this.width + x] = colour;
  }

  show() {
    this.context.putImageData(this.image, 0, 0);
  }
}
