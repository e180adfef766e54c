/* The views of one case, and what they share: what is chosen, what is selected, where they look. */
{
  const { Case, Controls, Panel, Readout, Viewport, listen } = convcheck;
  const { element } = convcheck.elements;
  const { Planes, canBeInColour, layersOf } = convcheck.layers;

  /** With more outputs than this, their ULPs are seen only if asked for. */
  const FEW = 3;
  const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  class Viewer {
    /** @param {HTMLElement} root the empty box of the page @param {Case} subject */
    constructor(root, subject) {
      Object.assign(this, { root, subject, planes: new Planes(subject), viewport: new Viewport() });
      const { rank, withValues, worst, starts } = subject;
      const views = layersOf(subject);
      const kinds = new Set(views.map((view) => view.kind));
      if (withValues.length > FEW) kinds.delete("ulps");
      this.state = {
        index: worst[0] ?? starts, selected: false,
        down: rank === 1 ? null : rank - 1, across: rank,
        pair: withValues.slice(0, 2), inUlps: false, held: null, hover: null, split: 0.5,
        inputChannel: 0, inColour: canBeInColour(subject),
        products: false, allDigits: false, kinds,
      };
      this.panels = views.map((view) => new Panel(this, view));
      this.panels.forEach(listen);
      this.readout = new Readout(this);
      this.controls = new Controls(this);
      this.grid = element("div", {
        class: "views", tabindex: 0, role: "application", "aria-label": "linked views of the case",
        "aria-describedby": this.controls.help.id,
      }, this.panels.map((panel) => panel.root));
      root.replaceChildren(this.controls.root,
        element("div", { class: "looking" }, this.grid, this.readout.root), this.controls.help);
      root.addEventListener("keydown", (event) => this.press(event));
      root.addEventListener("keyup", (event) => event.key === "s" && this.change({ held: null }));
      this.grid.addEventListener("blur", () => this.state.held === "key" && this.change({ held: null }));
      new ResizeObserver(() => this.fit()).observe(this.grid);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.change());
    }

    /** Whether somebody works in these views. */
    get hasFocus() {
      return this.root.contains(document.activeElement);
    }

    /** What distinguishes one set of planes from another. */
    get shownKey() {
      return this.planes.key;
    }

    /** Change what is chosen, and draw before the next frame. */
    change(changes = {}) {
      Object.assign(this.state, changes);
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.draw();
      });
    }

    /** Give all canvases the same size, as wide as their column. */
    fit() {
      const seen = this.panels.find((panel) => !panel.root.hidden);
      const width = Math.floor(seen?.canvas.clientWidth ?? 0);
      if (!width) return;
      const [rows, columns] = this.size();
      const shape = this.subject.rank === 1 ? 0.5 : rows / columns;
      const height = Math.round(width * Math.min(Math.max(shape, 0.3), 1));
      this.density = Math.max(devicePixelRatio || 1, 1);
      for (const { canvas } of this.panels) {
        canvas.width = Math.round(width * this.density);
        canvas.height = Math.round(height * this.density);
        canvas.style.height = `${height}px`;
      }
      this.viewport.resize(width, height);
      this.fitted = `${rows}x${columns}`;
      this.change();
    }

    /** Rows and columns of the planes that are seen. */
    size() {
      const { heldShape } = this.subject;
      const { down, across } = this.state;
      return [down === null ? 1 : heldShape[down], heldShape[across]];
    }

    draw() {
      const { state } = this;
      const [rows, columns] = this.size();
      if (!this.density) return;
      this.planes.choose(state);
      this.viewport.see(rows, columns);
      this.ink = getComputedStyle(this.grid).color;
      for (const panel of this.panels) panel.root.hidden = !state.kinds.has(panel.view.kind);
      if (this.fitted !== `${rows}x${columns}`) this.fit();
      this.viewport.clamp();
      // Fingers scroll the page over a view that shows everything, and move what does not.
      const touch = this.viewport.zoom > 1 ? "none" : "pan-y";
      for (const panel of this.panels) {
        panel.canvas.style.touchAction = touch;
        if (!panel.root.hidden) panel.draw();
      }
      this.controls.draw();
      this.readout.draw();
    }

    /** Select an element: an index of the whole output. */
    select(index) {
      const { down, across } = this.state;
      this.state.index = this.subject.nearest(index);
      const held = this.subject.held(this.state.index);
      this.viewport.reveal(down === null ? 0 : held[down], held[across]);
      this.change({ selected: true });
    }

    /** The index under a point of a view; it may lie outside of what is held. */
    indexUnder({ left, top }) {
      const { subject, state, viewport } = this;
      const { x, y } = viewport.under(left, top);
      const index = [...state.index];
      index[state.across] = subject.starts[state.across] + Math.floor(x);
      if (state.down !== null) index[state.down] = subject.starts[state.down] + Math.floor(y);
      return index;
    }

    /** Select what lies under a point of a view, or the nearest element. */
    selectUnder(point) {
      this.grid.focus({ preventScroll: true });
      this.select(this.indexUnder(point));
    }

    /** Show in all views what lies under a point of one. */
    hoverUnder(point) {
      const hover = this.indexUnder(point);
      const inside = hover.join() === this.subject.nearest(hover).join();
      this.change({ hover: inside ? hover : null });
    }

    /** Another image, channel or slice. */
    go(axis, position) {
      const index = this.state.index.with(axis, position);
      this.change({ index });
    }

    /** The next or previous of the worst elements. */
    walk(step) {
      const { worst } = this.subject;
      if (worst.length === 0) return;
      const at = this.state.selected
        ? worst.findIndex((one) => one.join() === this.state.index.join()) : -1;
      const next = at < 0 ? (this.walked ?? (step > 0 ? -1 : 0)) + step : at + step;
      this.walked = (next + worst.length) % worst.length;
      this.select(worst[this.walked]);
    }

    /** Zoom at the selected element if it is seen; 0 shows everything. */
    zoom(factor) {
      const { viewport, subject, state } = this;
      if (factor === 0) viewport.reset();
      else if (state.selected && factor > 1) {
        const held = subject.held(state.index);
        const at = [held[state.across] + 0.5, (state.down === null ? 0 : held[state.down]) + 0.5];
        viewport.zoomBy(factor, viewport.left(at[0]), viewport.top(at[1]));
      } else viewport.zoomBy(factor);
      this.change();
    }

    /** Choose one of the pair; the other changes places with it if it is the same. */
    choosePair(which, output) {
      const pair = [...this.state.pair];
      if (pair[1 - which] === output) pair[1 - which] = pair[which];
      pair[which] = output;
      this.change({ pair });
    }

    /** A key anywhere in the viewer; fields keep their own keys. */
    press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.matches("select, input")) return;
      const keys = {
        n: () => this.walk(1), p: () => this.walk(-1),
        "+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5),
        0: () => this.zoom(0), Escape: () => this.change({ selected: false }),
        s: () => this.change({ held: "key" }),
      };
      const arrow = event.target === this.grid && ARROWS[event.key];
      if (arrow) this.arrow(...arrow);
      else if (Object.hasOwn(keys, event.key)) keys[event.key]();
      else return;
      event.preventDefault();
    }

    /** Select the neighbour; with nothing selected, move all views. */
    arrow(down, right) {
      const { state, viewport } = this;
      if (!state.selected) {
        viewport.moveBy(-right * viewport.width / 8, -down * viewport.height / 8);
        this.change();
        return;
      }
      const index = [...state.index];
      index[state.across] += right;
      if (state.down !== null) index[state.down] += down;
      this.select(index);
    }

    /** Leave out the static pictures, or fold them where they show more than the viewer. */
    replacePictures(section) {
      if (this.subject.isWhole) {
        section.classList.add("explored");
        return;
      }
      const figures = [...section.querySelectorAll('figure.layer:not([data-layer="histogram"])')];
      if (figures.length === 0) return;
      const folded = element("details", { class: "pictures-folded" },
        element("summary", {}, "Pictures of the whole output"),
        element("div", { class: "pictures" }));
      figures[0].parentElement.before(folded);
      folded.lastChild.append(...figures);
      addEventListener("beforeprint", () => { folded.open = true; });
    }

    /** The viewer of a page's section, in place of its static pictures where it shows the whole. */
    static async start(section) {
      const name = section.dataset.case;
      const held = document.getElementById(`numbers-${name}`);
      const root = document.getElementById(`viewer-${name}`);
      if (!held || !root || root.dataset.started) return null;
      root.dataset.started = "true";
      root.hidden = false;
      root.textContent = "Reading the numbers…";
      try {
        const viewer = new Viewer(root, await Case.load(JSON.parse(held.textContent)));
        viewer.replacePictures(section);
        root.dataset.ready = "true";
        return viewer;
      } catch (error) {
        root.textContent = `This browser cannot show the numbers of this page (${error.message}); `
          + "the pictures do not need them.";
        return null;
      }
    }
  }

  convcheck.Viewer = Viewer;
}
