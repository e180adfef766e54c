"""Does everything in a folder lie in it, and can it be read without waiting?"""

import os

import pytest

from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.folders import check_folder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model" / "variables").mkdir(parents=True)
    (tmp_path / "model" / "graph").write_bytes(bytes(100))
    (tmp_path / "model" / "variables" / "data").write_bytes(bytes(11))
    (tmp_path / "model-secret").write_bytes(b"x")
    return tmp_path / "model"


def test_are_the_bytes_of_all_its_files_counted(folder):
    assert check_folder(folder) == 111


def test_does_a_link_inside_it_pass(folder):
    (folder / "again").symlink_to("variables/data")
    assert check_folder(folder) == 122


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("..", "leads out of the folder"),
        ("../model-secret", "leads out of the folder"),
        ("/dev/zero", "leads out of the folder"),
        ("lost", "no such file"),
        ("link", "Too many levels"),
    ],
)
def test_is_a_link_that_leads_elsewhere_refused(folder, target, words):
    (folder / "link").symlink_to(target)
    with pytest.raises(Unreadable, match=words):
        check_folder(folder)


def test_is_a_fifo_refused(folder):
    os.mkfifo(folder / "variables" / "fifo")
    with pytest.raises(Unreadable, match="its 'variables/fifo' cannot be read: it is a FIFO"):
        check_folder(folder)
