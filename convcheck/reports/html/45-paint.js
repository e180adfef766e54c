/* Draws planes and curves. Positions come from the viewport; nothing here knows of a page. */
{
  const { Scale, NOT_FINITE } = convcheck.colours;
  const { brief } = convcheck.numbers;

  /** CSS pixels of an element from which its number, and more digits of it, are written into it. */
  const [NUMBERED, MORE_DIGITS] = [46, 84];
  const GRID = 14;
  const MARK = ["#ffffff", "#d62728"];

  /** NaN counts as more than all. */
  const larger = (a, b) => (Number.isNaN(a) || a >= b ? a : b);

  /** A plane of which each element is the largest of a block of the one given. */
  function largestOfBlocks({ rows, columns, values }, factor) {
    const down = Math.ceil(rows / factor), across = Math.ceil(columns / factor);
    const largest = new Float64Array(down * across).fill(-Infinity);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, i++) {
        const to = Math.floor(row / factor) * across + Math.floor(column / factor);
        largest[to] = larger(values[i], largest[to]);
      }
    }
    return { rows: down, columns: across, values: largest };
  }

  /** A canvas with a pixel for each element. */
  function bitmap({ rows, columns }, colour) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [columns, rows];
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      const [r, g, b] = colour(i);
      image.data.set([r, g, b, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /** The pixels of what a view shows; each factor by which it is reduced is made once. */
  function pixels(shown, factor, once) {
    return once(`pixels-${factor}`, () => {
      if (shown.colours) {
        const level = (c, i) => Math.round((shown.colours[c].values[i] / shown.full) * 255);
        return bitmap(shown.plane, (i) => [level(0, i), level(1, i), level(2, i)]);
      }
      const plane = factor > 1 ? largestOfBlocks(shown.plane, factor) : shown.plane;
      return bitmap(plane, (i) => shown.scale.colour(plane.values[i]));
    });
  }

  /** Where an element of a plane lies in the view: that of the outputs, or of the input. */
  function placing(viewport, lines) {
    if (!lines) return { left: (x) => viewport.left(x), top: (y) => viewport.top(y) };
    const position = (line, at) => (line ? (at - 0.5 - line.centre) / line.slope + 0.5 : at);
    return {
      left: (x) => viewport.left(position(lines.across, x)),
      top: (y) => viewport.top(position(lines.down, y)),
    };
  }

  /** Paint a plane. */
  function paintPlane(context, viewport, shown, { place, worstOfBlock, density, once }) {
    const { rows, columns, values } = shown.plane;
    const side = place.left(1) - place.left(0), tall = place.top(1) - place.top(0);
    const fine = Math.min(side, tall) * density;  // device pixels of an element
    const factor = worstOfBlock && fine < 1 ? Math.ceil(1 / fine) : 1;
    const image = pixels(shown, factor, once);
    context.imageSmoothingEnabled = fine < 1 && factor === 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(
      image, place.left(0), place.top(0), image.width * factor * side, image.height * factor * tall,
    );
    if (Math.min(side, tall) < GRID) return;
    const first = Math.max(Math.floor(-place.left(0) / side), 0);
    const last = Math.min(Math.ceil((viewport.width - place.left(0)) / side), columns);
    const top = Math.max(Math.floor(-place.top(0) / tall), 0);
    const bottom = Math.min(Math.ceil((viewport.height - place.top(0)) / tall), rows);
    context.strokeStyle = "rgb(128 128 128 / 45%)";
    context.lineWidth = 1;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${Math.min(13, side / 4.5)}px ui-monospace, monospace`;
    for (let row = top; row < bottom; row++) {
      for (let column = first; column < last; column++) {
        const i = row * columns + column;
        context.strokeRect(place.left(column), place.top(row), side, tall);
        if (Math.min(side, tall) < NUMBERED || shown.colours) continue;
        const [r, g, b] = shown.scale.colour(values[i]);
        context.fillStyle = 0.3 * r + 0.59 * g + 0.11 * b > 140 ? "#000000" : "#ffffff";
        const digits = side < MORE_DIGITS ? 3 : 6;
        context.fillText(brief(values[i], digits), place.left(column + 0.5), place.top(row + 0.5));
      }
    }
  }

  /** Draw a row as a curve; what is not finite leaves a gap and a mark at the bottom. */
  function paintCurve(context, viewport, { plane, scale }, { place, ink }) {
    const height = (value) => viewport.height - 8 - scale.place(value) * (viewport.height - 16);
    const side = place.left(1) - place.left(0);
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1.2;
    context.beginPath();
    let open = false;
    plane.values.forEach((value, i) => {
      const x = place.left(i + 0.5);
      if (!Number.isFinite(value)) open = false;
      else {
        if (open) context.lineTo(x, height(value));
        else context.moveTo(x, height(value));
        open = true;
      }
    });
    context.stroke();
    plane.values.forEach((value, i) => {
      const x = place.left(i + 0.5);
      if (!Number.isFinite(value)) {
        context.fillStyle = `rgb(${NOT_FINITE})`;
        context.fillRect(x - Math.max(side, 2) / 2, 0, Math.max(side, 2), viewport.height);
        context.fillStyle = ink;
      } else if (side > 7) {
        context.beginPath();
        context.arc(x, height(value), 2.5, 0, 7);
        context.fill();
      }
    });
  }

  /** Frame a box of elements, so that it shows on any colour; a small one is drawn larger. */
  function frame(context, place, { row, column, rows = 1, columns = 1 }, least = 9) {
    const width = Math.max(place.left(column + columns) - place.left(column), least);
    const height = Math.max(place.top(row + rows) - place.top(row), least);
    const left = place.left(column + columns / 2) - width / 2;
    const top = place.top(row + rows / 2) - height / 2;
    MARK.forEach((colour, i) => {
      context.strokeStyle = colour;
      context.lineWidth = i ? 1.5 : 4;
      context.strokeRect(left, top, width, height);
    });
  }

  /** A thin line around an element. */
  function outline(context, place, row, column) {
    const [left, top] = [place.left(column), place.top(row)];
    const [width, height] = [place.left(column + 1) - left, place.top(row + 1) - top];
    context.lineWidth = 1;
    ["#ffffff", "#000000"].forEach((colour, i) => {
      context.strokeStyle = colour;
      context.strokeRect(left - i, top - i, width + 2 * i, height + 2 * i);
    });
  }

  /** Mark single elements, such as the taps of a patch. */
  function dots(context, place, elements) {
    context.fillStyle = MARK[1];
    for (const { row, column } of elements) {
      context.beginPath();
      context.arc(place.left(column + 0.5), place.top(row + 0.5), 1.8, 0, 7);
      context.fill();
    }
  }

  /** Paint a colour bar from the lowest to the highest number. */
  function paintBar(canvas, scale) {
    [canvas.width, canvas.height] = [256, 1];
    const even = new Scale({ low: 0, high: 1, ramp: scale.ramp });
    canvas.getContext("2d").drawImage(bitmap({ rows: 1, columns: 256 }, (i) => even.colour(i / 255)), 0, 0);
  }

  convcheck.paint = { placing, paintPlane, paintCurve, frame, outline, dots, paintBar };
}
