"""Is a folder of temporary files removed when its command is gone, and no other one?"""

import os
import subprocess
import sys
import tempfile

import pytest

from convcheck.runtimes.scratch import ScratchFolder

NAME = ".convcheck-scratch-"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_is_an_abandoned_folder_removed(temporary):
    code = (
        "import os; from convcheck.runtimes.scratch import ScratchFolder; "
        "folder = ScratchFolder(); open(folder.path + '/file', 'w').close(); "
        "print(folder.path, flush=True); os._exit(1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert os.path.exists(os.path.join(done.stdout.strip(), "file"))
    ScratchFolder().remove()
    assert list(temporary.iterdir()) == []


def test_is_a_folder_kept_whose_command_runs(temporary):
    first, second = ScratchFolder(), ScratchFolder()
    assert len(list(temporary.iterdir())) == 2
    first.remove()
    second.remove()
    assert list(temporary.iterdir()) == []


def test_is_a_link_never_followed_and_a_file_never_removed(temporary, tmp_path_factory):
    precious = tmp_path_factory.mktemp("precious")
    (precious / "file").touch()
    (temporary / f"{NAME}linked").symlink_to(precious)
    (temporary / f"{NAME}file").touch()
    (temporary / "convcheck-mine").mkdir()
    inside = temporary / f"{NAME}gone"
    inside.mkdir()
    (inside / "link").symlink_to(precious)
    ScratchFolder().remove()
    left = {path.name for path in temporary.iterdir()}
    assert left == {f"{NAME}linked", f"{NAME}file", "convcheck-mine"}
    assert (precious / "file").exists()


def test_is_another_users_folder_left_alone(temporary, monkeypatch):
    (temporary / f"{NAME}another").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    ScratchFolder()
    assert (temporary / f"{NAME}another").exists()


def test_do_many_commands_at_once_keep_their_folders(temporary):
    """Each makes and keeps folders while the others look for abandoned ones."""
    code = (
        "import os\nfrom convcheck.runtimes.scratch import ScratchFolder\n"
        "for _ in range(200):\n"
        "    folder = ScratchFolder()\n"
        "    assert os.path.isdir(folder.path)\n"
        "    folder.remove()\n"
        "    assert not os.path.exists(folder.path)\n"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [(one.communicate()[1], one.returncode) for one in running] == [(b"", 0)] * 4
    assert list(temporary.iterdir()) == []
