"""Makes and reads the arrays of a case: random numbers, pictures, and .npy files."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.dtypes import dtype_named
from convcheck.errors import UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

IMAGES = {"china": "china.jpg", "flower": "flower.jpg"}
"""Name -> the file that scikit-learn ships."""
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
_STREAMS = {"input": 0, "kernel": 1, "bias": 2}


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
) -> Array:
    """A picture as a batch of one, shape (1, H, W, 3 or 1), float64 from 0 to 1 (uint8 / 255).

    ``channels`` (3 or 1) and ``size`` (H, W) are its own unless given; it is resized bilinearly.
    scikit-learn's two are read from the files that it ships: the same array as
    ``sklearn.datasets.load_sample_image``, without importing that module. Raises UsageError for
    what is missing or cannot be read.
    """
    # Here, not above: only pictures need Pillow, whose import takes as long as reading one.
    from PIL import Image, UnidentifiedImageError

    path = _shipped(IMAGES[source]) if source in IMAGES else Path(source)
    try:
        with Image.open(path) as image:
            grey = image.mode in ("1", "L", "LA", "I;16") if channels is None else channels == 1
            picture = image.convert("L" if grey else "RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UsageError(f"cannot read the image {path}: {_reason(error)}") from error
    height, width = (want or own for want, own in zip(size, picture.size[::-1], strict=True))
    if (width, height) != picture.size:
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture)
    if grey:
        pixels = pixels[..., np.newaxis]
    return pixels[np.newaxis] / 255


def read_array(source: str, role: str) -> Array:
    """An array of numbers from a .npy file, never unpickled; ``role`` is the word for messages.

    The format has no name for bfloat16: NumPy writes two opaque bytes, ``V2``, and they are read
    as bfloat16 again. Raises UsageError for what is missing or holds no numbers.
    """
    path = Path(source)
    if path.suffix.lower() != ".npy":
        raise UsageError(
            f"{role} '{source}' is neither a name that convcheck knows nor a .npy file; "
            f"known are {', '.join(_known(role))}"
        )
    try:
        array = np.load(path, allow_pickle=False, mmap_mode=None)
    except (OSError, ValueError, EOFError) as error:
        raise UsageError(f"cannot read the {role} {path}: {_reason(error)}") from error
    if isinstance(array, np.ndarray) and array.dtype.str[1:] == "V2":
        array = array.view(dtype_named("bfloat16"))
    elif not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise UsageError(f"the {role} {path} does not hold one array of numbers")
    if array.dtype.kind == "b":
        raise UsageError(f"the {role} {path} holds booleans; cast it to a number type")
    if array.size == 0:
        raise UsageError(f"the {role} {path} is empty, of shape {array.shape}")
    numbers: Array = array
    return numbers


def as_dtype(array: Array, dtype: str | None) -> Array:
    """The array in this dtype; unchanged for None."""
    return array if dtype is None else cast(array, dtype_named(dtype))


def cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """The array cast as frameworks cast: silently, and overflow gives infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(dtype, copy=False)


def _known(role: str) -> tuple[str, ...]:
    if role == "input":
        return (*IMAGES, "random", "FILE.npy", "FILE.png", "FILE.jpg")
    return (
        ("ones", "zeros", "random", "FILE.npy") if role == "kernel" else ("none", "zeros", "random")
    )


def _shipped(file: str) -> Path:
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise UsageError(f"{file} comes with scikit-learn; pip install scikit-learn")
    return Path(spec.origin).parent / "datasets" / "images" / file


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    return " ".join(str(error).split()) or type(error).__name__
