/* Which part of a plane all views show: one centre and one zoom, in elements of the output. */
{
  /** CSS pixels of an element at the closest zoom. */
  const CLOSEST = 96;

  /** The part that is shown. A position is in elements: 0 is the first one's left edge. */
  class Viewport {
    constructor() {
      this.width = this.height = 1;
      this.columns = this.rows = 1;
      this.zoom = 1;
      this.x = this.y = 0.5;
    }

    /** CSS pixels of an element's side. */
    get scale() {
      return this.fit * this.zoom;
    }

    /** The scale at which all of the plane is seen. */
    get fit() {
      return Math.min(this.width / this.columns, this.height / this.rows);
    }

    get closest() {
      return Math.max(CLOSEST / this.fit, 1);
    }

    /** The size of the views on the page, in CSS pixels. */
    resize(width, height) {
      Object.assign(this, { width, height });
      this.clamp();
    }

    /** Another plane, seen whole unless it has the size of the one before. */
    see(rows, columns) {
      if (rows === this.rows && columns === this.columns) return;
      Object.assign(this, { rows, columns, x: columns / 2, y: rows / 2, zoom: 1 });
    }

    /** Keep the plane in the view, and in its middle where it is smaller. */
    clamp() {
      this.zoom = Math.min(Math.max(this.zoom, 1), this.closest);
      const kept = (at, size, length) => {
        const half = length / 2 / this.scale;
        return size <= 2 * half ? size / 2 : Math.min(Math.max(at, half), size - half);
      };
      this.x = kept(this.x, this.columns, this.width);
      this.y = kept(this.y, this.rows, this.height);
    }

    /** CSS pixels from the left, and from the top, of a position. */
    left(x) {
      return (x - this.x) * this.scale + this.width / 2;
    }

    top(y) {
      return (y - this.y) * this.scale + this.height / 2;
    }

    /** The position under a point of the view. */
    under(left, top) {
      return {
        x: (left - this.width / 2) / this.scale + this.x,
        y: (top - this.height / 2) / this.scale + this.y,
      };
    }

    /** Zoom by a factor, so that what is under this point (the middle, if none) stays there. */
    zoomBy(factor, left = this.width / 2, top = this.height / 2) {
      const before = this.under(left, top);
      this.zoom = Math.min(Math.max(this.zoom * factor, 1), this.closest);
      const after = this.under(left, top);
      this.x += before.x - after.x;
      this.y += before.y - after.y;
      this.clamp();
    }

    /** Move the plane by so many CSS pixels. */
    moveBy(right, down) {
      this.x -= right / this.scale;
      this.y -= down / this.scale;
      this.clamp();
    }

    /** Move so that an element is well inside, if it is not. */
    reveal(row, column) {
      const margin = Math.min(2 * this.scale, this.width / 4, this.height / 4);
      const left = this.left(column + 0.5), top = this.top(row + 0.5);
      if (left < margin || left > this.width - margin) this.x = column + 0.5;
      if (top < margin || top > this.height - margin) this.y = row + 0.5;
      this.clamp();
    }

    /** All of the plane. */
    reset() {
      this.zoom = 1;
      this.clamp();
    }
  }

  convcheck.Viewport = Viewport;
}
