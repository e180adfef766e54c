/* Arrays as the page holds them: base64 of zlib of the bytes, all first bytes first. */
{
  const TYPES = {
    float64: Float64Array, float32: Float32Array,
    int64: BigInt64Array, int32: Int32Array, int16: Int16Array, int8: Int8Array,
    uint64: BigUint64Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array,
    bool: Uint8Array,
  };

  /**
   * An array of numbers with its shape, in row-major order.
   * @typedef {{dtype: string, shape: number[], strides: number[], data: ArrayLike<number|bigint>}}
   *   NumberArray
   */

  /** The bytes in the order of the numbers again. */
  function unshuffled(bytes, size) {
    const count = bytes.length / size;
    const ordered = new Uint8Array(bytes.length);
    for (let byte = 0; byte < size; byte++) {
      for (let i = 0, from = byte * count; i < count; i++) ordered[i * size + byte] = bytes[from + i];
    }
    return ordered;
  }

  /** The bytes that this text of base64 holds compressed. */
  async function inflated(text) {
    const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /** How far apart neighbours along each axis lie. */
  function stridesOf(shape) {
    const strides = new Array(shape.length).fill(1);
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      strides[axis] = strides[axis + 1] * shape[axis + 1];
    }
    return strides;
  }

  /**
   * The array that the page holds in this form; null where it holds none.
   * @returns {Promise<NumberArray|null>}
   */
  async function decode(held) {
    if (held === null || held === undefined) return null;
    const Type = TYPES[held.dtype];
    const bytes = unshuffled(await inflated(held.data), Type.BYTES_PER_ELEMENT);
    return {
      dtype: held.dtype,
      shape: held.shape,
      strides: stridesOf(held.shape),
      data: new Type(bytes.buffer),
    };
  }

  /** The number at this index. */
  function at(array, index) {
    return array.data[array.strides.reduce((sum, stride, axis) => sum + stride * index[axis], 0)];
  }

  /**
   * Two axes of an array with all others fixed, as a plane of rows and columns in float64.
   * @param {NumberArray} array
   * @param {number[]} fixed an index; what it says of the two axes does not matter
   * @param {number|null} down the axis that rows run along; null for a single row
   * @param {number} across the axis that columns run along
   */
  function planeOf(array, fixed, down, across) {
    const rows = down === null ? 1 : array.shape[down];
    const columns = array.shape[across];
    let start = 0;
    fixed.forEach((position, axis) => {
      if (axis !== down && axis !== across) start += position * array.strides[axis];
    });
    const step = down === null ? 0 : array.strides[down];
    const values = new Float64Array(rows * columns);
    for (let row = 0, i = 0; row < rows; row++) {
      let from = start + row * step;
      for (let column = 0; column < columns; column++, from += array.strides[across]) {
        values[i++] = Number(array.data[from]);
      }
    }
    return { rows, columns, values };
  }

  convcheck.arrays = { decode, at, planeOf };
}
