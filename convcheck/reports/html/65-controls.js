/* What is chosen beside the views: zoom, worst elements, image, channel, slice, pair, views. */
{
  const { element, button, chooser, tick } = convcheck.elements;
  const { canBeInColour } = convcheck.layers;

  /** Names of the spatial axes by rank, the outermost first. */
  const AXES = { 1: ["position"], 2: ["row", "column"], 3: ["depth", "row", "column"] };
  const KINDS = {
    input: "input", output: "outputs", exact: "exact", slider: "slider", difference: "difference",
    over: "error over bound",
  };
  const HELP = "Click: select an element. Drag: move, pinch, or wheel after a click: zoom. Press and "
    + "hold an output: see the other. Keys: arrows select (or move), + − 0 zoom, n p next and previous "
    + "worst, s held swaps, Esc selects nothing.";

  const range = ([start, stop]) => Array.from({ length: stop - start }, (_, i) => [start + i, start + i]);

  class Controls {
    constructor(viewer) {
      this.viewer = viewer;
      /** Functions that make a chooser show what is chosen. */
      this.shows = [];
      const buttons = element("div", { class: "buttons", role: "group", "aria-label": "zoom and worst elements" },
        button("−", "zoom out", () => viewer.zoom(1 / 1.5)),
        button("+", "zoom in", () => viewer.zoom(1.5)),
        button("whole", "see everything", () => viewer.zoom(0)),
        viewer.subject.worst.length === 0 ? null : [
          button("◂ previous", "previous worst element", () => viewer.walk(-1)),
          button("next worst ▸", "next worst element", () => viewer.walk(1)),
        ]);
      this.help = element("p", { class: "help", id: `help-${viewer.root.id}` }, HELP);
      this.root = element("div", { class: "controls" }, buttons, this.places(), this.pair(),
        this.input(), this.views());
    }

    /** A chooser that shows what `now` gives; nothing where there is one option only. */
    chooser(label, options, now, change) {
      if (options.length < 2) return null;
      const { select, field } = chooser(label, options, change);
      this.shows.push(() => { select.value = now(); });
      return field;
    }

    /** Image, channel, slice, and which axes of three are seen. */
    places() {
      const { viewer } = this;
      const { region, rank } = viewer.subject;
      const axis = (label, number) => this.chooser(label, range(region[number]),
        () => viewer.state.index[number], (value) => viewer.go(number, Number(value)));
      const fields = [axis("image", 0), axis("channel", rank + 1)];
      if (rank === 3) fields.push(...this.slices(axis));
      return fields;
    }

    slices(axis) {
      const { viewer } = this;
      const names = AXES[3];
      const pairs = [[2, 3], [1, 3], [1, 2]];
      const seen = () => pairs.findIndex(([down, across]) =>
        down === viewer.state.down && across === viewer.state.across);
      const planes = this.chooser("plane", pairs.map(([down, across], i) => [i, `${names[down - 1]} × ${names[across - 1]}`]),
        seen, (value) => viewer.change({ down: pairs[value][0], across: pairs[value][1] }));
      const choosers = [1, 2, 3].map((number) => {
        const field = axis(names[number - 1], number);
        this.shows.push(() => {
          if (field) field.hidden = [viewer.state.down, viewer.state.across].includes(number);
        });
        return field;
      });
      return [planes, ...choosers];
    }

    /** The two outputs that are held against each other. */
    pair() {
      const { viewer } = this;
      const { outputs, withValues, isOfIntegers } = viewer.subject;
      if (withValues.length < 2) return null;
      const options = withValues.map((i) => [i, outputs[i].label]);
      const one = (label, which) => withValues.length > 2 && this.chooser(label, options,
        () => viewer.state.pair[which], (value) => viewer.choosePair(which, Number(value)));
      return [
        one("first output", 0) || null,
        one("second output", 1) || null,
        // Of integers both are the same.
        this.chooser("difference", isOfIntegers ? [] : [["", "absolute"], ["ulps", "in ULPs"]],
          () => (viewer.state.inUlps ? "ulps" : ""), (value) => viewer.change({ inUlps: value === "ulps" })),
      ];
    }

    /** Colour or one channel of the input. */
    input() {
      const { viewer } = this;
      return canBeInColour(viewer.subject)
        ? tick("input in colour", viewer.state.inColour, (inColour) => viewer.change({ inColour })).field
        : null;
    }

    /** Which kinds of views are seen. */
    views() {
      const { viewer } = this;
      const kinds = [...new Set(viewer.panels.map((panel) => panel.view.kind))];
      return element("fieldset", { class: "kinds" }, element("legend", {}, "views"),
        kinds.map((kind) => tick(KINDS[kind] ?? viewer.subject.unit, viewer.state.kinds.has(kind), (on) => {
          const { kinds: now } = viewer.state;
          if (on) now.add(kind);
          else now.delete(kind);
          viewer.change();
        }).field));
    }

    draw() {
      for (const show of this.shows) show();
    }
  }

  convcheck.Controls = Controls;
}
