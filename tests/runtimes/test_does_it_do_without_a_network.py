"""Does the main job run where there is no network, and does nothing ask for one where there is?"""

import json
import os
import shutil
import subprocess
import sys

import pytest

MAIN_JOB = (sys.executable, "-m", "convcheck", "compare", "--kernel", "ones", "--format", "json")
WATCHER = """
import os, socket

class Watched(socket.socket):
    def connect(self, address):
        with open(os.environ["ASKED"], "a") as file:
            file.write(f"connect {address}\\n")
        raise OSError("no network in this test")

    connect_ex = sendto = connect

def asked(*arguments, **_):
    with open(os.environ["ASKED"], "a") as file:
        file.write(f"look up {arguments}\\n")
    raise OSError("no network in this test")

socket.socket = Watched
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = asked
open(os.environ["WATCHED"], "a").write("x")
"""


def run(command, folder, **environment):
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.slow
def test_does_the_main_job_run_without_a_network(tmp_path):
    unshare = shutil.which("unshare")
    alone = [unshare, "--map-root-user", "--net"]  # not even a loopback that is up
    if unshare is None or run([*alone, "true"], tmp_path).returncode:
        pytest.skip("needs unshare, and a kernel that lets anybody make a network namespace")
    code = "import socket; socket.create_connection(('127.0.0.1', 80))"
    assert "unreachable" in run([*alone, sys.executable, "-c", code], tmp_path).stderr
    done = run([*alone, *MAIN_JOB], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["verdict"] == "rounding"


@pytest.mark.slow
@pytest.mark.parametrize("code", ["", "import socket; socket.create_connection(('::1', 1))"])
def test_does_the_main_job_ask_for_no_network(tmp_path, code):
    """The second one shows that the watcher would notice."""
    (tmp_path / "sitecustomize.py").write_text(WATCHER)
    asked, watched = tmp_path / "asked", tmp_path / "watched"
    command = [sys.executable, "-c", code] if code else MAIN_JOB
    done = run(
        *(command, tmp_path),
        PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
        ASKED=str(asked),
        WATCHED=str(watched),
    )
    assert asked.exists() == bool(code)
    if not code:
        assert (done.returncode, done.stderr) == (0, "")
        assert len(watched.read_text()) >= 2  # the command's process and the frameworks'
