"""``python -m tests.readme.pictures``: make the README's pictures anew, in ``.github``.

Needs Chromium and playwright, and the frameworks of the main job.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parents[2] / ".github"
COMMAND = "compare --kernel ones"
_WIDTH = 100


def main() -> None:
    """Run the main job once and keep its report, its plot and its page."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        files = ["-o", "-", "-o", "page.html", "--plot", "plot.png"]
        environment = {**os.environ, "COLUMNS": str(_WIDTH), "FORCE_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "convcheck", *COMMAND.split(), *files],
            cwd=folder, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        (FOLDER / "terminal.svg").write_text(terminal(done.stdout))
        small(Image.open(Path(folder) / "plot.png"), FOLDER / "plot.png")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 1100})
            page.goto((Path(folder) / "page.html").as_uri())
            page.locator("canvas").first.wait_for()
            page.get_by_role("button", name="next worst").click()
            page.locator(".viewer").scroll_into_view_if_needed()
            page.wait_for_timeout(500)
            small(Image.open(io.BytesIO(page.screenshot())), FOLDER / "page.png")
            browser.close()


def terminal(printed: str) -> str:
    """A picture of a terminal with the command and what it printed."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ convcheck {COMMAND}\n", style="bold"))
    console.print(Text.from_ansi(printed))
    picture = console.export_svg(title="convcheck")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)  # nothing from elsewhere


def small(picture: Image.Image, path: Path) -> None:
    """Write a picture with a palette, which takes a third of the bytes."""
    picture.convert("RGB").quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main()
