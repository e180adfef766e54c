"""Is a case that cannot be computed refused before any of its arrays is made?"""

import numpy as np
import pytest

import convcheck
from convcheck.case import sizes
from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError, UsageError
from convcheck.untrusted import memory


@pytest.fixture
def two_gigabytes(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2 * 10**9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"input": "random", "input_shape": (1, 40000, 40000, 1)}, "at least 25.6 GB"),
        ({"input": "random", "input_shape": (1, 40000, 1), "filters": 9000}, "at least 2.9 GB"),
        ({"filters": 1_000_000_000}, "the kernel would have shape"),
        ({"filters": 10_000_000, "kernel_size": (1,)}, "the output would have shape"),
        ({"kernel_size": (20_000,)}, "needs at least"),
        ({"kernel_size": (1_000_000,)}, "the kernel would have shape"),
        ({"padding": (1_000_000,)}, "would have shape"),
        ({"padding": (10_000,)}, "at least 6.8 GB"),
        ({"strides": (60_000,), "transposed": True, "padding": "valid"}, "would have shape"),
        ({"dilations": (10**9,), "padding": "same"}, "the padded input would have shape"),
    ],
)
@pytest.mark.usefixtures("two_gigabytes")
def test_is_it_refused_from_its_shapes(monkeypatch, options, words):
    for make in ("random", "read_image", "read_array"):
        monkeypatch.setattr(f"convcheck.case.inputs.{make}", None)  # nothing is made
    monkeypatch.setattr(np, "full", None)
    with pytest.raises(UsageError, match=words):
        build(Request(**options))


@pytest.mark.usefixtures("two_gigabytes")
def test_is_a_file_refused_by_its_header(tmp_path):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 30000, 30000, 1)}"
    with open(tmp_path / "x.npy", "wb") as file:
        file.write(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header)
        file.truncate(10 + len(header) + 4 * 30000**2)
    for options in ({"input": f"{tmp_path}/x.npy"}, {"kernel": f"{tmp_path}/x.npy"}):
        with pytest.raises(UsageError, match=r"at least|takes 30000 input channels"):
            build(Request(**options))


def test_is_an_honest_case_let_through(monkeypatch):
    needs = []
    monkeypatch.setattr(sizes, "check_memory", lambda need, what: needs.append(need))
    case = build(Request(kernel_size=(3,)))
    assert case.output_shape == (1, 427, 640, 1)
    assert needs == [2 * (8 * case.input.size + 4 * case.kernel.size + 8 * 427 * 640)]


def masked(shape, *places):
    array = np.ma.array(np.ones(shape, np.float32), mask=np.zeros(shape, bool))
    array.mask.reshape(-1)[list(places)] = True
    return array


@pytest.mark.parametrize("role", ["input", "kernel", "bias", "actual"])
def test_is_a_masked_element_refused(role):
    arrays = {"input": (1, 4, 4, 1), "kernel": (3, 3, 1, 2), "bias": (2,), "actual": (1, 4, 4, 2)}
    given = {name: np.ones(shape, np.float32) for name, shape in arrays.items()}
    given[role] = masked(arrays[role], 1)
    with pytest.raises(SpecError, match=r"masked elements, .*filled"):
        convcheck.assert_equivalent(**given)


def test_is_a_mask_that_hides_nothing_no_mask():
    with pytest.raises(AssertionError, match="is not the convolution"):
        convcheck.assert_equivalent(
            masked((1, 4, 4, 1)), masked((1, 4, 4, 1)), np.ones((3, 3, 1, 1))
        )
    with pytest.raises(SpecError, match="the kernel is a masked array"):
        Case(ConvSpec.make((3,)), np.ones((1, 4, 1)), masked((3, 1, 1), 0, 1, 2))
