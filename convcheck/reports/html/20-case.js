/* The numbers of one case: which inputs an output element reads, and what each array holds there. */
{
  const { decode, at } = convcheck.arrays;
  const { coarser, ulp } = convcheck.numbers;

  /**
   * Where the taps of an axis lie in the input: output p and tap t read p * slope + t * tap + first.
   * Read off the table, where it shows it, since it is 1 / stride of a transposed convolution.
   */
  function lineOf(reads) {
    const valid = [];
    reads.forEach((taps, p) => taps.forEach((r, t) => r >= 0 && valid.push({ p, t, r })));
    let slope = 1;
    let tap = 0;
    const firstOf = new Map();
    for (const one of valid) {
      const other = firstOf.get(one.t);
      if (other === undefined) firstOf.set(one.t, one);
      else {
        slope = (one.r - other.r) / (one.p - other.p);
        break;
      }
    }
    if (valid.length === 0) return { slope, centre: 0 };
    const other = valid.find((one) => one.t !== valid[0].t);
    if (other) tap = (other.r - valid[0].r - slope * (other.p - valid[0].p)) / (other.t - valid[0].t);
    const first = valid[0].r - slope * valid[0].p - tap * valid[0].t;
    return { slope, centre: first + (tap * (reads[0].length - 1)) / 2 };
  }

  /** A case, decoded. Indices are of the whole output unless a function says "held". */
  class Case {
    /** Decode everything; to be called once the case is to be seen. */
    static async load(held) {
      const own = new Case();
      own.shape = held.shape;
      own.region = held.region;
      own.rank = held.shape.length - 2;
      own.starts = held.region.map(([start]) => start);
      own.heldShape = held.region.map(([start, stop]) => stop - start);
      own.reads = held.reads;
      own.lines = held.reads.map(lineOf);
      own.group = held.group;
      own.worst = held.worst;
      own.input = await decode(held.input.array);
      own.inputStart = held.input.start;
      own.inputShape = held.input.shape;
      own.inputDtype = held.input.dtype ?? held.input.array.dtype;
      own.kernel = await decode(held.kernel.array);
      own.kernelDtype = held.kernel.dtype ?? held.kernel.array.dtype;
      own.bias = await decode(held.bias);
      own.exact = await decode(held.exact);
      own.unit = held.unit;
      own.zeros = held.zeros ?? null;
      own.sums = await decode(held.sums);
      own.formulas = await Promise.all((held.formulas ?? []).map(async (formula) =>
        ({ label: formula.label, values: await decode(formula.values) })));
      own.outputs = [];
      for (const output of held.outputs) {
        const arrays = {};
        for (const name of ["values", "error", "bound", "over", "ulps"]) {
          arrays[name] = await decode(output[name]);
        }
        own.outputs.push({ ...output, ...arrays });
      }
      return own;
    }

    /** Whether the page holds all of the output. */
    get isWhole() {
      return this.heldShape.every((size, axis) => size === this.shape[axis]);
    }

    /** Whether its numbers are those of a quantized convolution. */
    get isOfIntegers() {
      return this.zeros !== null;
    }

    /** What outputs are held against, as the static pictures call it. */
    get truth() {
      if (!this.isOfIntegers) return "exact result";
      return this.unit === "units" ? "exact sum" : "real number";
    }

    /** What a tap adds: of integers without their zero points; null where it reads nothing. */
    productAt(index, tap, channel) {
      const read = this.patchAt(index, tap, channel);
      if (read === null) return null;
      const weight = Number(this.kernelAt(index, tap, channel));
      if (!this.isOfIntegers) return Number(read) * weight;
      const { input, kernel } = this.zeros;
      const filter = index[this.rank + 1] - this.starts[this.rank + 1];
      return (Number(read) - input) * (weight - kernel[kernel.length > 1 ? filter : 0]);
    }

    /** Outputs that have numbers, as positions in `outputs`. */
    get withValues() {
      return this.outputs.flatMap((output, i) => (output.values ? [i] : []));
    }

    /** The index in the arrays that the page holds. */
    held(index) {
      return index.map((position, axis) => position - this.starts[axis]);
    }

    /** The nearest index of which the page holds numbers. */
    nearest(index) {
      return index.map((position, axis) => {
        const [start, stop] = this.region[axis];
        return Math.min(Math.max(position, start), stop - 1);
      });
    }

    /** What this array of the region's shape holds there; null where there is no array. */
    value(array, index) {
      return array ? at(array, this.held(index)) : null;
    }

    /** The first channel of the input that this output reads, in the whole input. */
    firstChannel(index) {
      return Math.floor(index[index.length - 1] / this.group.filters) * this.group.channels;
    }

    /** For each spatial axis what each tap reads, a position in the whole input, or -1. */
    taps(index) {
      return this.reads.map((positions, axis) =>
        positions[index[axis + 1] - this.starts[axis + 1]].map((position) =>
          position < 0 ? -1 : position + this.inputStart[axis + 1]));
    }

    /** What a tap (one number for each spatial axis) reads; null where it reads nothing. */
    patchAt(index, tap, channel) {
      const held = [index[0] - this.inputStart[0]];
      for (let axis = 0; axis < this.rank; axis++) {
        held.push(this.reads[axis][index[axis + 1] - this.starts[axis + 1]][tap[axis]]);
      }
      held.push(this.firstChannel(index) + channel - this.inputStart[this.rank + 1]);
      return held.includes(-1) ? null : at(this.input, held);
    }

    /** What the kernel holds for this output at a tap and a channel of its group. */
    kernelAt(index, tap, channel) {
      const filter = index[this.rank + 1] - this.starts[this.rank + 1];
      return at(this.kernel, [...tap, channel, filter]);
    }

    /** The bias of this output; null where the case has none. */
    biasAt(index) {
      const filter = index[this.rank + 1] - this.starts[this.rank + 1];
      return this.bias ? this.bias.data[filter] : null;
    }

    /** |a - b| of two outputs' values, in steps of the coarser format if asked; equal NaN are 0. */
    gap(a, b, x, y, inUlps) {
      if (Object.is(x, y) || x === y) return 0;
      const size = Math.abs(x - y);
      if (!inUlps || !Number.isFinite(size) || this.isOfIntegers) return size;
      const dtype = coarser(this.outputs[a].dtype, this.outputs[b].dtype);
      return size / ulp(Math.max(Math.abs(x), Math.abs(y)), dtype);
    }
  }

  convcheck.Case = Case;
}
