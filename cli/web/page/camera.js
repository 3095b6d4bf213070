// Which part of the unzoomed map is seen, and how large. Pure but for its own state.

const kZoomMax = 400;

export class Camera {
  constructor() {
    this.zoom = 1;
    this.x = 0;  // of the view's corner, in pixels of the unzoomed map
    this.y = 0;
    this.view = {width: 1, height: 1};
    this.world = {width: 1, height: 1};
  }

  fit() {
    this.zoom = 1;
    this.x = 0;
    this.y = 0;
  }

  get isFitted() {
    return this.zoom === 1;
  }

  setSizes(view, world) {
    this.view = view;
    this.world = world;
    this.keepInside();
  }

  // Around a point of the view, which stays where it is.
  zoomBy(factor, at = {x: this.view.width / 2, y: this.view.height / 2}) {
    const before = this.toWorld(at.x, at.y);
    this.zoom = Math.min(kZoomMax, Math.max(1, this.zoom * factor));
    if (this.zoom < 1.001) this.zoom = 1;
    this.x = before.x - at.x / this.zoom;
    this.y = before.y - at.y / this.zoom;
    this.keepInside();
  }

  panBy(dx, dy) {
    this.x -= dx / this.zoom;
    this.y -= dy / this.zoom;
    this.keepInside();
  }

  // Moves as little as needed to see a rectangle of the map, at least `least` times enlarged.
  show(box, least = 1) {
    if (this.zoom < least) {
      this.zoom = Math.min(kZoomMax, least);
      this.x = box.x + box.w / 2 - this.view.width / this.zoom / 2;
      this.y = box.y + box.h / 2 - this.view.height / this.zoom / 2;
    }
    const width = this.view.width / this.zoom;
    const height = this.view.height / this.zoom;
    this.x = Math.min(box.x, Math.max(this.x, box.x + box.w - width));
    this.y = Math.min(box.y, Math.max(this.y, box.y + box.h - height));
    this.keepInside();
  }

  toWorld(x, y) {
    return {x: this.x + x / this.zoom, y: this.y + y / this.zoom};
  }

  toView(x, y) {
    return {x: (x - this.x) * this.zoom, y: (y - this.y) * this.zoom};
  }

  keepInside() {
    const inside = (at, view, world) => Math.max(0, Math.min(at, world - view / this.zoom));
    this.x = inside(this.x, this.view.width, this.world.width);
    this.y = inside(this.y, this.view.height, this.world.height);
  }
}
