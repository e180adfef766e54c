"""Is a convolution that Keras's own layers port wrongly named, in a file that TensorFlow wrote?"""

import subprocess
import sys
from pathlib import Path

import pytest

from convcheck.model.against.check import check_against
from convcheck.model.against.request import AgainstRequest
from convcheck.results import Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PORTS = {
    ("resnet", "flip", "float32"): "kernel-flip",
    ("resnet", "turned-kernel", "float16"): "kernel-transpose",
}
"""(net, fault, format) -> its cause."""
CHOSEN = {(net, fault): [kind] for net, fault, kind in PORTS}
WRITE = f"""
import sys; from pathlib import Path; from tests.model.faults import write
write(Path(sys.argv[1]), {CHOSEN})
"""


@pytest.fixture(scope="module")
def against(tmp_path_factory):
    """A function that holds a port against its net; both processes serve all."""
    folder = tmp_path_factory.mktemp("ports")
    command = [sys.executable, "-c", WRITE, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    with Runtimes() as of_a, Runtimes() as of_b:

        def check(net, fault, kind):
            request = AgainstRequest(
                str(folder / f"{net}.keras"), str(folder / f"{net}.{fault}.{kind}.tflite")
            )
            runtimes = (of_a, of_b)
            return check_against(request, runtimes, Limits(), progress=lambda *step: None)

        yield check


@pytest.mark.parametrize(("net", "fault", "kind"), PORTS)
def test_is_a_faulty_port_named_and_nothing_else(against, net, fault, kind):
    found = against(net, fault, kind)
    (pair,) = [one for one in found.pairs if one.verdict is Verdict.DIFFERENT]
    (finding,) = pair.findings
    assert finding.cause == PORTS[net, fault, kind]
    assert finding.fix
    assert len(found.places) == 1
