/* Scales: how a number becomes a colour and a height, and what stands beside the colour bar. */
{
  const { brief } = convcheck.numbers;

  /** Colours at equal distances; those of Matplotlib, which the static pictures have too. */
  const RAMPS = {
    grey: ["#000000", "#ffffff"],
    viridis: ["#440154", "#482878", "#3e4989", "#31688e", "#26828e",
      "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"],
    magma: ["#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f",
      "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf"],
  };
  /** What is NaN or infinite, in every ramp. */
  const NOT_FINITE = [0, 255, 255];
  const STEPS = 256;

  const parsed = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));

  /** The ramp as so many colours of red, green and blue. */
  function table(ramp) {
    const anchors = RAMPS[ramp].map(parsed);
    return Array.from({ length: STEPS }, (_, i) => {
      const place = (i / (STEPS - 1)) * (anchors.length - 1);
      const low = Math.min(Math.floor(place), anchors.length - 2);
      return anchors[low].map((from, c) => Math.round(from + (anchors[low + 1][c] - from) * (place - low)));
    });
  }
  const TABLES = Object.fromEntries(Object.keys(RAMPS).map((ramp) => [ramp, table(ramp)]));

  /** From numbers to colours and heights, between a lowest and a highest number. */
  class Scale {
    constructor({ low, high, ramp = "viridis", log = false, marks = [], unit = "" }) {
      Object.assign(this, { low, high, ramp, log, marks, unit });
    }

    /** Between 0 (lowest) and 1 (highest); what lies outside is at the end. */
    place(value) {
      const share = this.log
        ? Math.log(Math.max(value, this.low) / this.low) / Math.log(this.high / this.low)
        : (value - this.low) / (this.high - this.low);
      return Math.min(Math.max(share, 0), 1);
    }

    /** Red, green and blue. */
    colour(value) {
      if (!Number.isFinite(value)) return NOT_FINITE;
      return TABLES[this.ramp][Math.round(this.place(value) * (STEPS - 1))];
    }

    /** The numbers written beside the colour bar: [share of its length, text]. */
    get ticks() {
      const inside = this.marks.filter((mark) => Math.abs(this.place(mark) - 0.5) < 0.35);
      return [this.low, ...inside, this.high].map((value) => [this.place(value), brief(value)]);
    }
  }

  /** Smallest and largest finite value of some planes, and whether all are finite. */
  function extent(planes) {
    let low = Infinity, high = -Infinity, finite = true;
    for (const { values } of planes) {
      for (const value of values) {
        if (!Number.isFinite(value)) finite = false;
        else {
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
    }
    return low > high ? { low: 0, high: 0, finite } : { low, high, finite };
  }

  /** Greys from the smallest to the largest value. */
  function greys(planes) {
    const { low, high } = extent(planes);
    return new Scale({ low, high: high > low ? high : low + 1, ramp: "grey" });
  }

  /** Colours from 0 to the largest value. */
  function upFromZero(planes, unit) {
    const { high } = extent(planes);
    return new Scale({ low: 0, high: high > 0 ? high : 1, unit });
  }

  /** A logarithmic scale from `low` to the largest value, at least to `high`. */
  function logarithmic(planes, { low, high, ramp, unit, marks = [] }) {
    const top = Math.max(extent(planes).high, high);
    return new Scale({ low, high: top, ramp, log: true, marks, unit });
  }

  convcheck.colours = { Scale, NOT_FINITE, extent, greys, upFromZero, logarithmic };
}
