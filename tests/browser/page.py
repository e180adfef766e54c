"""A page in a browser, and its viewer as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WAIT = 10_000  # ms
TRIES = 5

READ = """(viewer) => {
  const all = (selector, of = viewer) => [...of.querySelectorAll(selector)];
  const rows = (table) => Object.fromEntries(all(`${table} tr[data-output]`).map((row) => [
    row.dataset.output,
    Object.fromEntries(all("td", row).map((cell) => [cell.className, cell.dataset.value]))]));
  const cells = (name) => all(`.${name} tbody td`).map((cell) => cell.dataset.value ?? null);
  return {
    index: viewer.querySelector(".index")?.textContent ?? null,
    values: rows(".values"), errors: rows(".errors"),
    patch: cells("patch"), kernel: cells("kernel"), products: cells("products"),
  };
}"""
"""Everything that the readout shows."""


class Opened:
    """A page that was opened, with what the browser said of it."""

    def __init__(self, context: Any, path: Path) -> None:
        self.context = context
        self.address = path.as_uri()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        context.set_default_timeout(WAIT)
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._request(request.url))
        self.page.goto(self.address)

    def _console(self, message: Any) -> None:
        """Errors and warnings; a violation of the content security policy is an error too."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _request(self, url: str) -> None:
        if not url.startswith("data:"):
            self.requests.append(url)

    def viewer(self, number: int = 0) -> Viewer:
        """The viewer of a case, once it has started."""
        section = self.page.locator("section.case").nth(number)
        section.scroll_into_view_if_needed()
        root = section.locator(".viewer")
        root.and_(self.page.locator("[data-ready]")).wait_for(timeout=WAIT)
        found = Viewer(self.page, root)
        found.settle()
        return found

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def close(self) -> None:
        self.context.close()


class Viewer:
    """The linked views of one case."""

    def __init__(self, page: Any, root: Any) -> None:
        self.page, self.root = page, root
        self.views = root.locator(".views")
        name = root.get_attribute("id").removeprefix("viewer-")
        self.numbers = json.loads(page.locator(f"#numbers-{name}").text_content())

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def canvas(self, view: str) -> Any:
        return self.root.locator(f'[data-view="{view}"] > .plot').first

    def pixels(self, view: str) -> str:
        """What a view shows, as a text to compare."""
        self.settle()
        return str(self.canvas(view).evaluate("(canvas) => canvas.toDataURL()"))

    def colour(self, view: str, left: float, top: float) -> tuple[int, ...]:
        """Red, green and blue at a point of a view, in CSS pixels."""
        self.settle()
        got = self.canvas(view).evaluate(
            """(canvas, [left, top]) => { const d = canvas.width / canvas.clientWidth;
            const copy = new OffscreenCanvas(1, 1).getContext("2d");  // the page's own stays fast
            copy.drawImage(canvas, -Math.floor(left * d), -Math.floor(top * d));
            return [...copy.getImageData(0, 0, 1, 1).data]; }""",
            [left, top],
        )
        return tuple(got[:3])

    def choose(self, label: str, value: int | str) -> None:
        """Choose in one of the lists, if there is one by this label."""
        field = self.root.get_by_label(label, exact=True).and_(self.page.locator("select:visible"))
        if field.count():
            field.select_option(str(value))

    def size(self, view: str) -> tuple[float, float]:
        """Width and height of a view, in CSS pixels."""
        box = self.canvas(view).bounding_box()
        return box["width"], box["height"]

    def point(self, view: str, position: tuple[int, ...]) -> dict[str, float]:
        """Where an element of the planes lies in a view that shows all of them."""
        box = self.canvas(view).bounding_box()
        shape = [stop - start for start, stop in self.numbers["region"]]
        columns = shape[-2]
        rows = shape[-3] if len(shape) > 3 else 1
        row, column = position if len(position) == 2 else (0, position[0])
        scale = min(box["width"] / columns, box["height"] / rows)
        return {
            "x": (column + 0.5 - columns / 2) * scale + box["width"] / 2,
            "y": (row + 0.5 - rows / 2) * scale + box["height"] / 2,
        }

    def click(self, view: str, index: tuple[int, ...]) -> None:
        """Choose image, channel and slice of an element of the whole output, and click on it."""
        self.choose("image", index[0])
        self.choose("channel", index[-1])
        if len(index) == 5:
            self.choose("depth", index[1])
        self.settle()
        starts = [start for start, _ in self.numbers["region"]]
        held = tuple(at - start for at, start in zip(index, starts, strict=True))
        for _ in range(TRIES):
            size = self.size(view)
            self.canvas(view).click(position=self.point(view, held[1:-1][-2:]))
            self.settle()
            if self.size(view) == size:
                return  # else the view was laid out anew under the pointer: a person aims again
        raise AssertionError(f"the size of {view} does not come to rest")

    def drag(self, view: str, right: float, down: float) -> None:
        box = self.canvas(view).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + right / 2, y + down / 2)
        mouse.move(x + right, y + down)
        mouse.up()

    def aim(self, view: str) -> None:
        """Move the mouse over a view."""
        box = self.canvas(view).bounding_box()
        self.page.mouse.move(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2 + 5)

    def hold(self, view: str) -> None:
        self.aim(view)
        self.page.mouse.down()
        self.page.wait_for_timeout(500)

    def press(self, *keys: str) -> None:
        """Press keys in the views."""
        for key in keys:
            self.views.press(key)
        self.settle()

    def read(self) -> dict[str, Any]:
        """What the readout shows."""
        self.settle()
        return dict(self.root.evaluate(READ))

    @property
    def index(self) -> tuple[int, ...] | None:
        """The selected element."""
        text = self.read()["index"]
        return None if text is None else tuple(int(at) for at in text.strip("()").split(",") if at)
