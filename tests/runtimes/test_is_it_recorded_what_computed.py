"""Does an output say what of the machine and its settings may change its last bits?"""

import pytest

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.implementations.name import parse
from convcheck.runtimes.hardware import _SETTINGS, packages, recorded
from convcheck.runtimes.host import Runtimes


@pytest.fixture
def case(monkeypatch):
    for variable in _SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    return build(Request(input="random", input_shape=(1, 8, 8, 3), kernel_size=(3,)))


def versions(case, *names):
    with Runtimes(timeout=60) as runtimes:
        outputs = runtimes.run_all(case, [parse(name) for name in names])()
    return [output.versions for output in outputs]


def test_are_the_threads_and_the_kernel_of_openblas_recorded(case):
    one, usual = versions(
        *(case, "numpy?OPENBLAS_NUM_THREADS=1&OPENBLAS_CORETYPE=Haswell", "numpy")
    )
    if "openblas" not in usual.get("cpu:kernels", ""):
        pytest.skip("this NumPy has another BLAS")
    assert one["cpu:threads"] == "openblas 1"
    assert usual["cpu:threads"].startswith("openblas ")
    if "avx2" in one["cpu:features"]:
        assert one["cpu:kernels"].endswith(" Haswell")
    assert one["cpu:settings"] == "OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell"
    assert "cpu:settings" not in usual
    assert one["cpu:model"] == usual["cpu:model"]


@pytest.mark.slow
def test_is_it_recorded_whether_tensorflow_computes_by_onednn(case):
    on, off = versions(
        *(case, "tf?TF_ENABLE_ONEDNN_OPTS=1&TF_NUM_INTRAOP_THREADS=1"),
        "tf?TF_ENABLE_ONEDNN_OPTS=0&TF_NUM_INTRAOP_THREADS=1",
    )
    assert "tensorflow with oneDNN" in on["cpu:kernels"]
    assert "tensorflow without oneDNN" in off["cpu:kernels"]
    assert "tensorflow intra-op" in on["cpu:threads"]
    assert set(packages(on)) == {"tensorflow"}


def test_are_the_packages_told_from_the_machine():
    machine = recorded()
    assert {"cpu:model", "cpu:processors"} <= set(machine)
    assert packages({"numpy": "2", **machine}) == {"numpy": "2"}
