/* Mouse, pen and fingers on a view: click selects, drag moves, pinch and wheel zoom, hold swaps. */
{
  const HOLD = 250;  // milliseconds
  const STILL = 5;  // CSS pixels that a still finger may move

  /** Let the pointer act on a panel's canvas. */
  function listen(panel) {
    const { canvas, viewer, view } = panel;
    const down = new Map();
    let gesture = null;

    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      return { left: event.clientX - box.left, top: event.clientY - box.top };
    };

    const stop = () => {
      if (gesture) clearTimeout(gesture.timer);
      if (gesture?.held) viewer.change({ held: null });
      gesture = null;
    };

    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      down.set(event.pointerId, point(event));
      canvas.setPointerCapture(event.pointerId);
      stop();
      gesture = { start: point(event), moved: down.size > 1, held: false };
      if (down.size === 1 && view.kind === "output" && viewer.state.pair.length === 2) {
        const mine = gesture;
        mine.timer = setTimeout(() => {
          mine.held = true;
          viewer.change({ held: view.id });
        }, HOLD);
      }
    });

    canvas.addEventListener("pointermove", (event) => {
      const before = down.get(event.pointerId);
      if (!before && event.pointerType === "mouse") viewer.hoverUnder(point(event));
      if (!before || !gesture) return;
      const now = point(event);
      if (down.size === 2) pinch(event.pointerId, before, now);
      else if (!gesture.held) drag(before, now);
      else return;
      down.set(event.pointerId, now);
    });

    const drag = (before, now) => {
      const far = Math.hypot(now.left - gesture.start.left, now.top - gesture.start.top) > STILL;
      if (!gesture.moved && !far) return;
      clearTimeout(gesture.timer);
      const from = gesture.moved ? before : gesture.start;
      gesture.moved = true;
      viewer.viewport.moveBy(now.left - from.left, now.top - from.top);
      viewer.change();
    };

    const pinch = (moving, before, now) => {
      const [, still] = [...down].find(([id]) => id !== moving);
      const distance = (a) => Math.hypot(a.left - still.left, a.top - still.top);
      const middle = (a) => ({ left: (a.left + still.left) / 2, top: (a.top + still.top) / 2 });
      const to = middle(now), from = middle(before);
      viewer.viewport.moveBy(to.left - from.left, to.top - from.top);
      viewer.viewport.zoomBy(distance(now) / Math.max(distance(before), 1), to.left, to.top);
      viewer.change();
    };

    canvas.addEventListener("pointerup", (event) => {
      const click = gesture && !gesture.moved && !gesture.held;
      down.delete(event.pointerId);
      if (down.size === 0 || click) stop();
      if (click) viewer.selectUnder(point(event));
    });

    for (const end of ["pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => {
        down.delete(event.pointerId);
        if (down.size === 0) stop();
      });
    }

    canvas.addEventListener("pointerleave", () => viewer.change({ hover: null }));

    // Over a view that nobody has clicked into, the wheel scrolls the page as everywhere.
    canvas.addEventListener("wheel", (event) => {
      const out = event.deltaY > 0;
      if (!event.ctrlKey && !viewer.hasFocus) return;
      if (out && viewer.viewport.zoom <= 1 && !event.ctrlKey) return;
      event.preventDefault();
      const { left, top } = point(event);
      viewer.viewport.zoomBy(Math.exp(-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) / 300), left, top);
      viewer.change();
    }, { passive: false });

    canvas.addEventListener("contextmenu", (event) => gesture?.held && event.preventDefault());
  }

  convcheck.listen = listen;
}
