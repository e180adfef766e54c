"""Is each fault of a port told where it is, by its name, and none beside it, in model files?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from convcheck.model.against.check import check_against
from convcheck.model.against.request import AgainstRequest
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WANTED = """
unet dropout float32
wide pool-mode+upsampling+concat dynamic
unet align-corners float32
leaky slope float16
leaky softmax keras
mobilenet flatten float16
mobilenet bgr+flatten keras
inception no-pool keras
inception no-relu+pool-mode float32
mobilenet normalization int8
resnet skip int8
resnet epsilon keras
resnet statistics keras
resnet pool-padding float16
resnet skip+global-pool keras
resnet shuffle keras
"""
"""Net, faults, format."""


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    """The ports, written by a process of its own: (folder, what faults.json says)."""
    folder = tmp_path_factory.mktemp("ports")
    command = [sys.executable, "-m", "tests.model.faults", str(folder), "-"]
    done = subprocess.run(
        command, cwd=ROOT, input=WANTED.strip(), capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, json.loads((folder / "faults.json").read_text())


def checked(folder, port, processes):
    request = AgainstRequest(str(folder / f"{port['net']}.keras"), str(folder / port["files"][0]))
    return check_against(request, processes, Limits(), progress=lambda *_: None)


def test_is_each_fault_one_place_with_its_name(ports):
    folder, every = ports
    assert len(every) == len(WANTED.strip().splitlines())
    with Runtimes() as ours, Runtimes() as theirs:
        for port in every:
            assert port["visible"] > 1e-6
            found = checked(folder, port, (ours, theirs))
            if port["net"] == "wide":
                assert "int8" in {pair.weights for pair in found.pairs}
            causes = [{one.cause for one in place.findings} for place in found.places]
            words = (port["net"], port["fault"], causes)
            assert len(found.places) == len(port["layers"]), words
            for names in port["names"]:
                assert any(cause & set(names) for cause in causes), words
            assert not any(place.pairs for place in found.places), words
