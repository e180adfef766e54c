"""Makes and reads the arrays of a case: random numbers, pictures, and .npy files."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.arrays import files
from convcheck.case.arrays.names import SEVERAL, is_array_file
from convcheck.case.dtypes import dtype_named
from convcheck.case.families.names import SHOWN, names_family
from convcheck.case.nans import with_quiet_nans
from convcheck.case.request import NAMED_BIASES, NAMED_KERNELS, SEPARATING
from convcheck.errors import UsageError
from convcheck.spelling import did_you_mean, did_you_mean_or
from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.npy import Header
from convcheck.untrusted.pictures import picture_shape, read_picture
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.case.case import Array

IMAGES = {"china": "china.jpg", "flower": "flower.jpg"}
"""Name -> the file that scikit-learn ships."""
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
_STREAMS = {"input": 0, "kernel": 1, "bias": 2, "output gradient": 3}


def random(role: str, shape: tuple[int, ...], seed: int) -> Array:
    """Standard normal float64 values, from a random stream of its own for each role."""
    streams = np.random.SeedSequence(seed).spawn(len(_STREAMS))
    return np.random.default_rng(streams[_STREAMS[role]]).standard_normal(shape)


def is_image(source: str) -> bool:
    """Whether this source names a picture, which ``read_image`` reads."""
    return source in IMAGES or source.lower().endswith(_IMAGE_SUFFIXES)


def read_image(
    source: str,
    *,
    channels: int | None = None,
    size: tuple[int | None, int | None] = (None, None),
    whole: bool = False,
) -> Array:
    """A picture as a batch of one, shape (1, H, W, 3 or 1), float64 from 0 to 1 (uint8 / 255).

    ``whole`` gives its numbers as they are stored, 0 to 255 (of 16 bits 0 to 65535).
    ``channels`` (3 or 1) and ``size`` (H, W) are its own unless given; it is resized bilinearly.
    What is done with colours, transparency and the like stands in ``untrusted.pictures``.
    scikit-learn's two are read from the files that it ships: the same array as
    ``sklearn.datasets.load_sample_image``, without importing that module. Raises UsageError for
    what is missing or cannot be read.
    """
    try:
        return read_picture(_file(source), channels, size, whole=whole)[np.newaxis]
    except Unreadable as error:
        raise _unreadable("image", source, error) from error


def image_shape(source: str) -> tuple[int, ...]:
    """The shape of ``read_image(source)``, of which only the picture's header is read."""
    try:
        return (1, *picture_shape(_file(source)))
    except Unreadable as error:
        raise _unreadable("image", source, error) from error


def read_array(source: str, role: str) -> Array:
    """An array of numbers from a file, nothing of it run; ``role`` is the word for messages.

    Of .npz, .safetensors and torch's files as ``FILE:NAME``; see ``arrays.files``. NumPy's own
    format has no name for bfloat16, of which it writes two opaque bytes: they are read as such.
    Raises UsageError for what is missing or holds no numbers.
    """
    array_header(source, role)
    try:
        array = files.read(source)
    except Unreadable as error:
        raise _unreadable(role, source, error) from error
    if array.dtype.str[1:] == "V2":
        array = array.view(dtype_named("bfloat16"))
    return with_quiet_nans(array)


def array_header(source: str, role: str) -> Header:
    """What the file's header says; raises what ``read_array`` does, and reads no number of most."""
    if names_family(source):
        raise UsageError(
            f"'{clean(source, 60)}' makes the operands of one convolution, not the {role}; it goes "
            "with convcheck compare --input"
        )
    if not is_array_file(source):
        raise UsageError(
            f"{role} '{clean(source)}' is neither a name that convcheck knows nor an array file; "
            + (did_you_mean(source, _all_named(role)) or did_you_mean_or(source, _known(role)))
        )
    try:
        header = files.read_header(source)
    except Unreadable as error:
        raise _unreadable(role, source, error) from error
    if header.dtype.kind == "b":
        raise UsageError(f"the {role} {clean(source)} holds booleans; cast it to a number type")
    if 0 in header.shape:
        raise UsageError(f"the {role} {clean(source)} is empty, of shape {header.shape}")
    return header


def as_dtype(array: Array, dtype: str | None) -> Array:
    """The array in this dtype; unchanged for None."""
    return array if dtype is None else cast(array, dtype_named(dtype))


def cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """The array cast as frameworks cast: silently, and overflow gives infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(dtype, copy=False)


def image_in_dtype(source: str, dtype: str | None) -> Array:
    """A picture in this dtype: of an integer one the numbers as they are stored.

    Raises UsageError where the dtype does not hold them, and what ``read_image`` raises.
    """
    if dtype is None or np.dtype(dtype_named(dtype)).kind not in "iu":
        return as_dtype(read_image(source), dtype)
    numbers = read_image(source, whole=True)
    largest = np.iinfo(dtype).max
    if int(numbers.max()) > largest:
        raise UsageError(
            f"the image {clean(source)} holds numbers up to {int(numbers.max())}, and {dtype} "
            f"none above {largest}; give --input-dtype {numbers.dtype.name}"
        )
    return as_dtype(numbers, dtype)


def _all_named(role: str) -> tuple[str, ...]:
    """What can be meant; not every command has all of it."""
    return (*_known(role), SEPARATING) if role == "input" else _known(role)


def _known(role: str) -> tuple[str, ...]:
    kinds = ("FILE.npy", *(f"FILE{suffix}:NAME" for suffix in SEVERAL))
    if role == "input":
        return (*IMAGES, "random", *SHOWN, "FILE.png", "FILE.jpg", *kinds)
    return (*(NAMED_KERNELS if role == "kernel" else NAMED_BIASES), *kinds)


def _shipped(file: str) -> Path:
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise UsageError(f"{file} comes with scikit-learn; pip install scikit-learn")
    return Path(spec.origin).parent / "datasets" / "images" / file


def _file(source: str) -> Path:
    return _shipped(IMAGES[source]) if source in IMAGES else Path(source)


def _unreadable(role: str, source: str, why: Unreadable) -> UsageError:
    return UsageError(f"cannot read the {role} {clean(source)}: {why}")
