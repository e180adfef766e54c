/* What is known of the selected element, in words and tables. */
{
  const { element, tick, chooser } = convcheck.elements;
  const { shortest, brief, tuple } = convcheck.numbers;

  /** Characters of a number in the tables of patch and kernel, unless all digits are asked for. */
  const SHORT = 6;
  /** Characters of a label from which all labels have rows of their own, above their numbers. */
  const LONG = 16;

  const table = (name, header, rows) => element("div", { class: "scroll" },
    element("table", { class: name }, element("thead", {}, header), element("tbody", {}, rows)));

  class Readout {
    constructor(viewer) {
      this.viewer = viewer;
      const { subject } = viewer;
      this.summary = element("p", { class: "summary", "aria-live": "polite" });
      this.results = element("div", { class: "results" });
      this.patches = element("div", { class: "patches" });
      const channels = Array.from({ length: subject.group.channels }, (_, i) => [i, i]);
      this.channel = chooser("channel of the group", channels,
        (value) => viewer.change({ inputChannel: Number(value) }));
      this.channel.field.hidden = channels.length < 2;
      this.options = element("div", { class: "options" }, this.channel.field,
        tick("products", false, (products) => viewer.change({ products })).field,
        tick("all digits", false, (allDigits) => viewer.change({ allDigits })).field);
      this.root = element("section", { class: "readout", "aria-label": "selected element" },
        this.summary, this.results, this.options, this.patches);
    }

    /** Write what is selected; nothing where it is written already. */
    draw() {
      const { index, selected, inputChannel, products, allDigits } = this.viewer.state;
      const key = JSON.stringify([index, selected, inputChannel, products, allDigits]);
      if (key === this.written) return;
      this.written = key;
      this.options.hidden = !selected;
      this.channel.select.value = inputChannel;
      if (!selected) {
        const walk = this.viewer.subject.worst.length ? ", or press n for the one furthest over its bound" : "";
        this.summary.textContent = `Click an element${walk}.`;
        this.results.replaceChildren();
        this.patches.replaceChildren();
        return;
      }
      this.summary.replaceChildren(...this.sentence(index));
      this.results.replaceChildren(this.values(index), this.errors(index));
      this.patches.replaceChildren(...this.tables(index));
    }

    /** Which element it is, and where among the worst. */
    sentence(index) {
      const { subject } = this.viewer;
      const rank = subject.worst.findIndex((one) => one.join() === index.join());
      return [
        "element ", element("strong", { class: "index" }, tuple(index)),
        rank < 0 ? "" : `, number ${rank + 1} of the ${subject.worst.length} furthest over their bounds`,
      ];
    }

    /** The exact value and each output's, one below the other, so that digits can be compared.
        Of integers the sum, the real number that it stands for, and what formulas make of it. */
    values(index) {
      const { subject } = this.viewer;
      const row = (label, value, dtype, name) => {
        const text = value === null ? null : shortest(value, dtype);
        return this.row(label, name, [
          element("td", { class: "value", "data-value": text }, text ?? "–"),
          element("td", { class: "type" }, dtype ?? "–"),
        ]);
      };
      const bias = subject.biasAt(index);
      const sums = subject.sums ? [row("sum", subject.value(subject.sums, index), "int64", "sum")] : [];
      return table("values", this.head("value", "type"), [
        ...sums,
        row(sums.length ? subject.truth : "exact", subject.value(subject.exact, index), "float64", "exact"),
        ...subject.outputs.map((output, i) =>
          row(output.label, subject.value(output.values, index), output.dtype, i)),
        ...subject.formulas.map(({ label, values }) =>
          row(label, subject.value(values, index), values.dtype, label)),
        ...(bias === null ? [] : [row("bias", bias, subject.bias.dtype, "bias")]),
      ]);
    }

    /** How far each output is from exact. */
    errors(index) {
      const { subject } = this.viewer;
      const cell = (name, value, text) =>
        element("td", { class: name, "data-value": value === null ? null : String(value) }, text ?? brief(value));
      const rows = subject.outputs.filter((output) => output.values).map((output) => {
        const of = (array) => subject.value(array, index);
        const [error, bound, over, ulps] = [output.error, output.bound, output.over, output.ulps].map(of);
        const sign = this.sign(of(output.values), of(subject.exact));
        return this.row(output.label, subject.outputs.indexOf(output), [
          cell("error", error, error === null || error === 0 ? undefined : `${sign}${brief(error)}`),
          cell("bound", bound), cell("over", over), cell("ulps", ulps),
        ]);
      });
      return table("errors", this.head("error", "bound", "of bound", subject.unit), rows);
    }

    /** Whether labels stand above their numbers: beside them there is no room. */
    get stacks() {
      return this.viewer.subject.outputs.some((output) => output.label.length > LONG);
    }

    head(...texts) {
      return element("tr", {}, (this.stacks ? texts : ["", ...texts]).map((text) => element("th", { scope: "col" }, text)));
    }

    /** The numbers of an output, with its label beside or above. */
    row(label, name, cells) {
      const own = { "data-output": name };
      if (!this.stacks) return element("tr", own, element("th", { scope: "row" }, label), cells);
      return [
        element("tr", { class: "label" }, element("th", { scope: "rowgroup", colspan: cells.length }, label)),
        element("tr", own, cells),
      ];
    }

    /** The sign of an error; both where the output is exact's nearest float64. */
    sign(value, exact) {
      const gap = Number(value) - exact;
      return gap > 0 ? "+" : gap < 0 ? "-" : "±";
    }

    /** Input patch, kernel and, if asked for, their products, of one channel. */
    tables(index) {
      const { subject, state } = this.viewer;
      const { inputChannel: channel, products } = state;
      const { inputDtype, kernelDtype } = subject;
      const input = (tap) => subject.patchAt(index, tap, channel);
      const kernel = (tap) => subject.kernelAt(index, tap, channel);
      const product = (tap) => subject.productAt(index, tap, channel);
      const place = `channel ${subject.firstChannel(index) + channel}`;
      return [
        this.box("patch", `input patch, ${place}`, index, input, inputDtype),
        this.box("kernel", `kernel, channel ${channel}, filter ${index.at(-1)}`, index, kernel, kernelDtype),
        products ? this.box("products", `products, ${place}`, index, product, "float64") : null,
      ].filter(Boolean);
    }

    /** Tables of one number for each tap: rows and columns of the last two axes. */
    box(name, title, index, of, dtype) {
      const { subject } = this.viewer;
      const taps = subject.taps(index);
      const slices = subject.rank === 3 ? taps[0].map((read, tap) => [tap]) : [[]];
      const rows = subject.rank === 1 ? [[]] : taps.at(-2).map((read, tap) => [tap]);
      const where = (read) => (read < 0 ? "–" : read);
      const header = element("tr", {}, subject.rank === 1 ? null : element("td"),
        taps.at(-1).map((read, tap) => element("th", { scope: "col" }, name === "kernel" ? tap : where(read))));
      const tables = slices.map((slice) => [
        slice.length ? element("h5", {}, name === "kernel" ? `slice ${slice[0]}` : `slice ${where(taps[0][slice[0]])}`) : null,
        table("taps", header.cloneNode(true), rows.map((row) => element("tr", {},
          row.length ? element("th", { scope: "row" }, name === "kernel" ? row[0] : where(taps.at(-2)[row[0]])) : null,
          taps.at(-1).map((read, column) => this.cell(of([...slice, ...row, column]), dtype))))),
      ]);
      return element("div", { class: name }, element("h4", {}, title), tables);
    }

    cell(value, dtype) {
      if (value === null) return element("td", { class: "outside", title: "reads nothing: padding" }, "·");
      const text = shortest(value, dtype);
      const short = this.viewer.state.allDigits || text.length <= SHORT ? text : brief(Number(value), 4);
      return element("td", { "data-value": text, title: text }, short);
    }
  }

  convcheck.Readout = Readout;
}
