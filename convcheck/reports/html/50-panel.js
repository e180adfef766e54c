/* One view on the page: its canvas, title, colour bar and text alternative. */
{
  const { element } = convcheck.elements;
  const { brief } = convcheck.numbers;
  const { placing, paintPlane, paintCurve, frame, outline, dots, paintBar } = convcheck.paint;
  const { extent } = convcheck.colours;

  class Panel {
    /** @param {Layer} view what it shows; `viewer` holds what all views share */
    constructor(viewer, view) {
      Object.assign(this, { viewer, view });
      this.canvas = element("canvas", { class: "plot", role: "img" });
      this.title = element("figcaption", { class: "title" });
      this.bar = element("canvas", { class: "scale-bar", "aria-hidden": "true" });
      this.ticks = element("div", { class: "scale-ticks" });
      this.unit = element("span", { class: "unit" });
      this.under = element("span", { class: "under" });
      this.note = element("div", { class: "note" }, this.under, this.unit);
      this.root = element("figure", { class: `view ${view.kind}`, "data-view": view.id },
        this.title, this.canvas, this.slider(), this.bar, this.ticks, this.note);
    }

    /** What moves the line between two outputs; null where there is none. */
    slider() {
      if (this.view.kind !== "slider") return null;
      const { viewer } = this;
      const range = element("input", {
        type: "range", min: 0, max: 100, value: 50, "aria-label": "line between the two outputs",
        input: () => viewer.change({ split: range.value / 100 }),
      });
      return range;
    }

    /** The output that the view shows now: while it is held, the other of the pair. */
    get output() {
      const { held, pair } = this.viewer.state;
      const own = this.view.output;
      const swaps = held === this.view.id || (held === "key" && pair.includes(own));
      const canSwap = this.view.kind === "output" && pair.length === 2;
      return canSwap && swaps ? pair[pair[0] === own ? 1 : 0] : own;
    }

    /** Paint everything again. */
    draw() {
      const { viewer, view } = this;
      const { viewport, planes, density } = viewer;
      const context = this.canvas.getContext("2d");
      const output = this.output;
      const own = output === view.output
        ? view : { ...view, id: `output-${output}`, output, title: "held: the other output" };
      const shown = planes.shown(own);
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, viewport.width, viewport.height);
      const place = this.place();
      this.paint(context, own.id, shown, place);
      if (view.kind === "slider") this.paintOther(context, place);
      this.mark(context, place);
      this.point(context, place, shown.plane);
      this.write(own, shown);
    }

    /** Where elements lie: those of the input by what the outputs read; a curve has all the height. */
    place() {
      const { viewport, subject, state: { down, across } } = this.viewer;
      const lines = this.view.kind === "input"
        ? { down: subject.lines[down - 1], across: subject.lines[across - 1] } : null;
      const place = placing(viewport, lines);
      return down === null ? { ...place, top: (y) => y * viewport.height } : place;
    }

    paint(context, id, shown, place) {
      const { viewport, planes, density, ink, subject } = this.viewer;
      const once = (name, make) => planes.once(`${id}-${name}`, make);
      const settings = { place, density, ink, once, worstOfBlock: this.view.worstOfBlock };
      if (subject.rank === 1) paintCurve(context, viewport, shown, settings);
      else paintPlane(context, viewport, shown, settings);
    }

    /** The second output, to the right of the line. */
    paintOther(context, place) {
      const { viewport, state, planes, ink } = this.viewer;
      const [, b] = state.pair;
      const line = state.split * viewport.width;
      context.save();
      context.beginPath();
      context.rect(line, 0, viewport.width - line, viewport.height);
      context.clip();
      context.clearRect(0, 0, viewport.width, viewport.height);
      const shown = { plane: planes.values(b), scale: planes.shared() };
      this.paint(context, `output-${b}`, shown, place);
      context.restore();
      context.fillStyle = ink;
      context.fillRect(line - 0.75, 0, 1.5, viewport.height);
    }

    /** Frame the selected element, or the patch that it reads. */
    mark(context, place) {
      const { state, subject } = this.viewer;
      if (!state.selected) return;
      const { index, down, across } = state;
      const held = subject.held(index);
      if (this.view.kind !== "input") {
        frame(context, place, { row: down === null ? 0 : held[down], column: held[across] });
        return;
      }
      const reads = (axis) => (axis === null ? [0] : subject.reads[axis - 1][held[axis]].filter((at) => at >= 0));
      const rows = reads(down), columns = reads(across);
      if (rows.length === 0 || columns.length === 0) return;
      const [top, left] = [Math.min(...rows), Math.min(...columns)];
      frame(context, place, {
        row: top, column: left, rows: Math.max(...rows) - top + 1, columns: Math.max(...columns) - left + 1,
      });
      const gaps = Math.max(...rows) - top >= rows.length || Math.max(...columns) - left >= columns.length;
      if (gaps && subject.rank > 1) {
        dots(context, place, rows.flatMap((row) => columns.map((column) => ({ row, column }))));
      }
    }

    /** Outline what is under the mouse, and write its number; the input has elements of its own. */
    point(context, place, { columns, values }) {
      const { state: { hover, down, across }, subject } = this.viewer;
      const seen = hover && this.view.kind !== "input";
      if (!seen) {
        this.under.textContent = "";
        return;
      }
      const held = subject.held(hover);
      const [row, column] = [down === null ? 0 : held[down], held[across]];
      outline(context, place, row, column);
      this.under.textContent = this.view.kind === "slider" ? "" : brief(values[row * columns + column], 5);
    }

    /** Title, colour bar and text alternative. */
    write(view, { plane, scale, colours }) {
      const [what, whose] = [view.title, this.whose(view)];
      const title = whose ? `${what}: ${whose}` : what;
      const key = `${title}|${scale.low}|${scale.high}|${scale.log}|${Boolean(colours)}|${this.viewer.shownKey}`;
      if (key === this.written) return;
      this.written = key;
      this.title.replaceChildren(
        element("span", { class: "what" }, what), element("span", { class: "whose" }, whose || "\u00a0"));
      this.title.title = title;
      const curve = this.viewer.subject.rank === 1;
      this.bar.hidden = curve || Boolean(colours);
      this.ticks.hidden = Boolean(colours);
      paintBar(this.bar, scale);
      this.ticks.replaceChildren(...scale.ticks.map(([share, text]) => {
        const tick = element("span", {}, text);
        tick.style.left = `${100 * share}%`;
        tick.classList.toggle("first", share < 0.1);
        tick.classList.toggle("last", share > 0.9);
        return tick;
      }));
      const all = extent([plane]);
      this.unit.textContent = [
        scale.log ? `${scale.unit}, logarithmic` : scale.unit,
        all.finite ? "" : "cyan: NaN or infinite",
      ].filter(Boolean).join("; ");
      this.canvas.setAttribute("aria-label",
        `${title}: ${plane.rows} rows, ${plane.columns} columns, from ${brief(all.low)} to ${brief(all.high)}`
        + (all.finite ? "" : ", some not finite"));
    }

    /** Of which output, pair or channel a view is. */
    whose(view) {
      const { state, subject } = this.viewer;
      const [a, b] = state.pair.map((i) => subject.outputs[i].label);
      switch (view.kind) {
        case "slider": return `${a} | ${b}`;
        case "difference": return `${a} − ${b}`;
        case "input": return state.inColour
          ? "in colour" : `channel ${subject.firstChannel(state.index) + state.inputChannel}`;
        default: return view.output === null ? "" : subject.outputs[view.output].label;
      }
    }
  }

  convcheck.Panel = Panel;
}
