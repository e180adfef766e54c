/* The views of a case: what each shows of the planes chosen, and on which scale. */
{
  const { planeOf } = convcheck.arrays;
  const { extent, greys, upFromZero, logarithmic } = convcheck.colours;

  /**
   * A view of a case.
   * @typedef {object} Layer
   * @property {string} id as the static picture's data-layer has it
   * @property {string} kind input, output, exact, slider, difference, over or ulps
   * @property {string} title what it shows; of which output is said beside it
   * @property {number|null} output position in the case's outputs
   * @property {boolean} worstOfBlock whether a pixel of many elements shows the largest of them
   */

  const layer = (id, kind, title, output = null) =>
    ({ id, kind, title, output, worstOfBlock: ["difference", "over", "ulps"].includes(kind) });

  /** All views that a case has. */
  function layersOf(subject) {
    const { outputs, withValues } = subject;
    const several = withValues.length > 1;
    return [
      layer("input", "input", "input"),
      ...withValues.map((i) => layer(`output-${i}`, "output", "output", i)),
      layer("exact", "exact", subject.truth),
      ...(several ? [layer("slider", "slider", "slider"),
        layer("difference", "difference", "difference")] : []),
      ...withValues.filter((i) => outputs[i].over)
        .map((i) => layer(`over-${i}`, "over", "error over bound", i)),
      ...withValues.filter((i) => outputs[i].ulps)
        .map((i) => layer(`ulps-${i}`, "ulps", `error in ${subject.unit}`, i)),
    ];
  }

  /** The planes of a case at what is chosen, each computed once and kept until that changes. */
  class Planes {
    constructor(subject) {
      this.subject = subject;
      this.kept = new Map();
      this.key = "";
    }

    /** Choose image, channel, slice and axes by an index, and what the views are of. */
    choose(choice) {
      const { index, down, across, pair, inUlps, inputChannel, inColour } = choice;
      const fixed = index.map((at, axis) => (axis === down || axis === across ? -1 : at));
      const key = JSON.stringify([fixed, down, across, pair, inUlps, inputChannel, inColour]);
      if (key !== this.key) this.kept.clear();
      this.key = key;
      this.choice = choice;
    }

    /** What `make` gives, made once for what is chosen. */
    once(name, make) {
      if (!this.kept.has(name)) this.kept.set(name, make());
      return this.kept.get(name);
    }

    /** A plane of an array that has the region's shape. */
    of(name, array) {
      const { index, down, across } = this.choice;
      return this.once(name, () => planeOf(array, this.subject.held(index), down, across));
    }

    values(output) {
      return this.of(`values-${output}`, this.subject.outputs[output].values);
    }

    /** The plane and scale of a view. */
    shown(view) {
      const { subject } = this;
      switch (view.kind) {
        case "input": return this.input();
        case "exact": return { plane: this.of("exact", subject.exact), scale: this.shared() };
        case "output": return { plane: this.values(view.output), scale: this.shared() };
        case "slider": return { plane: this.values(this.choice.pair[0]), scale: this.shared() };
        case "difference": return this.difference();
        case "over": return this.over(view);
        default: return this.ulps(view);
      }
    }

    /** The grey scale that all outputs and the exact result share. */
    shared() {
      return this.once("shared", () => greys([
        this.of("exact", this.subject.exact), ...this.subject.withValues.map((i) => this.values(i)),
      ]));
    }

    difference() {
      const { pair: [a, b], inUlps } = this.choice;
      const plane = this.once("difference", () => {
        const x = this.values(a), y = this.values(b);
        const values = x.values.map((one, i) => this.subject.gap(a, b, one, y.values[i], inUlps));
        return { ...x, values };
      });
      const { isOfIntegers, unit } = this.subject;
      return { plane, scale: this.once("gaps", () => upFromZero([plane], inUlps || isOfIntegers ? unit : "")) };
    }

    /** One scale for all outputs, so that colours can be compared; 1, the bound, stands on it. */
    over(view) {
      const plane = (i) => this.of(`over-${i}`, this.subject.outputs[i].over);
      const all = () => this.subject.withValues.filter((i) => this.subject.outputs[i].over).map(plane);
      const scale = this.once("overs", () =>
        logarithmic(all(), { low: 1e-3, high: 1, marks: [1], ramp: "magma", unit: "1 is the bound" }));
      return { plane: plane(view.output), scale };
    }

    /** Up to half a ULP or step, the least that rounding needs, all is the lowest colour. */
    ulps(view) {
      const plane = this.of(view.id, this.subject.outputs[view.output].ulps);
      const scale = this.once(`scale-${view.id}`, () =>
        logarithmic([plane], { low: 0.5, high: 5, ramp: "viridis", unit: this.subject.unit }));
      return { plane, scale };
    }

    /** The block of the input that is read, on the axes chosen, of one channel or in colour. */
    input() {
      const { subject, choice } = this;
      const { rank, input, inputStart } = subject;
      const channel = subject.firstChannel(choice.index) + choice.inputChannel - inputStart[rank + 1];
      const fixed = choice.index.map((at, axis) => {
        if (axis === 0) return at - inputStart[0];
        if (axis === rank + 1) return channel;
        const { slope, centre } = subject.lines[axis - 1];
        const read = Math.round(slope * (at - subject.starts[axis]) + centre);
        return Math.min(Math.max(read, 0), input.shape[axis] - 1);
      });
      const of = (c) => planeOf(input, fixed.with(rank + 1, c), choice.down, choice.across);
      const plane = this.once("input", () => of(channel));
      const scale = this.once("inputs", () => greys([plane]));
      const colours = choice.inColour ? this.once("colours", () => [0, 1, 2].map(of)) : null;
      return { plane, scale, colours, full: input.dtype === "uint8" ? 255 : 1 };
    }
  }

  /** Whether an input can be a picture in colour, as the static pictures have it. */
  function canBeInColour(subject) {
    const { input, rank } = subject;
    if (rank !== 2 || input.shape[3] !== 3 || subject.inputShape[3] !== 3) return false;
    if (input.dtype === "uint8") return true;
    const { low, high, finite } = extent([{ values: input.data }]);
    return input.dtype.startsWith("float") && finite && low >= 0 && high <= 1;
  }

  convcheck.layers = { layersOf, Planes, canBeInColour };
}
