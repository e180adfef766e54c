"""Does the pre-commit hook run verify on the bundles that tests record, and on nothing else?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convcheck.cli import main
from convcheck.pytesting.places import bundle_path

HOOK = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
FILES = re.search(r"(?m)^  files: (.*)$", HOOK)


def test_is_its_entry_a_command_of_ours():
    (entry,) = re.findall(r"(?m)^  entry: convcheck (.*)$", HOOK)
    assert entry in main.COMMANDS


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        (bundle_path(Path("tests/test_x.py"), "test_it[1]", "name").as_posix(), True),
        ("__convcheck__/test_x/test_it.npz", True),
        ("convcheck/layer1.npz", True),
        ("data/weights.npz", False),
        ("myconvcheck/weights.npz", False),
        ("convcheck/readme.md", False),
    ],
)
def test_are_recordings_chosen_by_their_place(path, chosen):
    assert FILES
    assert bool(re.search(FILES[1], path)) == chosen
