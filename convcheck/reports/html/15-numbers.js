/* How numbers are written, and the formats that they are numbers of. */
{
  /** Bits of the significand, and the exponent of the smallest normal number. */
  const FORMATS = {
    float64: { digits: 53, least: -1022 },
    float32: { digits: 24, least: -126 },
    float16: { digits: 11, least: -14 },
    bfloat16: { digits: 8, least: -126 },
  };

  /** The exponent e of 2^e <= |value| < 2^(e+1), at least the format's. */
  function exponent(value, format) {
    let e = Math.floor(Math.log2(Math.abs(value)));
    if (2 ** e > Math.abs(value)) e -= 1;  // log2 rounds up next to a power of two
    if (2 ** (e + 1) <= Math.abs(value)) e += 1;
    return Math.max(e, format.least);
  }

  /** One step between neighbouring numbers of this dtype at the value, the field's ULP. */
  function ulp(value, dtype) {
    const format = FORMATS[dtype] ?? FORMATS.float64;
    const e = value === 0 ? format.least : exponent(value, format);
    return 2 ** (e - format.digits + 1);
  }

  /** The nearest number of this dtype, ties to even. */
  function rounded(value, dtype) {
    if (dtype === "float32") return Math.fround(value);
    if (!(dtype in FORMATS) || dtype === "float64" || !Number.isFinite(value)) return value;
    const step = ulp(value, dtype);
    const steps = Math.abs(value) / step;
    const below = Math.floor(steps);
    const rest = steps - below;
    const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
    return Math.sign(value) * (below + (up ? 1 : 0)) * step;
  }

  /** The coarser of two dtypes; an integer is finer than all. */
  function coarser(a, b) {
    return [a, b].reduce((one, other) =>
      (FORMATS[other]?.digits ?? 99) < (FORMATS[one]?.digits ?? 99) ? other : one);
  }

  /** What is not a usual number, as NumPy writes it; null for the others. */
  function special(value) {
    if (Number.isNaN(value)) return "nan";
    if (value === Infinity) return "inf";
    if (value === -Infinity) return "-inf";
    return Object.is(value, -0) ? "-0" : null;
  }

  /** The shortest decimal that this dtype reads as the same number. */
  function shortest(value, dtype) {
    if (typeof value === "bigint") return value.toString();
    const name = special(value);
    if (name !== null) return name;
    if (dtype !== "float64" && dtype in FORMATS) {
      for (let digits = 1; digits < 17; digits++) {
        const near = Number(value.toPrecision(digits));
        if (rounded(near, dtype) === value) return String(near);
      }
    }
    return String(value);
  }

  /** A measured number with some significant digits; 0 is exactly zero. */
  function brief(value, digits = 3) {
    if (value === null || value === undefined) return "–";
    const number = Number(value);
    const name = special(number);
    if (name !== null || number === 0) return name ?? "0";
    const size = Math.abs(number);
    if (size >= 1e-4 && size < 10 ** Math.max(digits, 6)) {
      return size >= 10 ** digits ? String(Math.round(number)) : String(Number(number.toPrecision(digits)));
    }
    return number.toExponential(digits - 1).replace(/\.?0*e/, "e").replace("e+", "e");
  }

  /** An index as Python writes it. */
  function tuple(index) {
    return index.length === 1 ? `(${index[0]},)` : `(${index.join(", ")})`;
  }

  convcheck.numbers = { ulp, rounded, coarser, shortest, brief, tuple };
}
