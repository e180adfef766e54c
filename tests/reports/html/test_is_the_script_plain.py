"""Is the page's script what a page can hold: plain text, no request, nothing made from a text?"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import convcheck.reports.html

FILES = sorted(Path(convcheck.reports.html.__file__).parent.glob("*.js"))
FORBIDDEN = [
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write",
    r"\beval\(|new Function|import\(|require\(",
    r"https?:|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|localStorage|document\.cookie",
    r"setAttribute\(\s*[\"'](?:style|on)",
    r"</script|<!--",
    r"console\.",
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_is_a_file_of_the_script_plain_and_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [found for rule in FORBIDDEN for found in re.findall(rule, text)] == []
    assert len(text.splitlines()) <= 300
    assert text.startswith(('"use strict";', "/*"))


def test_is_the_first_file_strict_and_the_only_one_with_a_global() -> None:
    first, *others = (re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL) for path in FILES)
    assert first.startswith('"use strict";\n')
    assert re.findall(r"^\S.*", first, re.MULTILINE) == ['"use strict";', "const convcheck = {};"]
    for text in others:  # each is one block
        assert text.strip()[0] == "{"
        assert re.findall(r"^\S.*", text, re.MULTILINE) == ["{", "}"]


def test_is_the_script_one_that_node_reads(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    whole = tmp_path / "page.js"
    whole.write_text("".join(path.read_text(encoding="utf-8") for path in FILES), encoding="utf-8")
    done = subprocess.run([node, "--check", str(whole)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
