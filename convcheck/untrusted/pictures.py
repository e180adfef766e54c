"""Reads PNG and JPEG pictures, told by their content, of a size that memory has room for."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from convcheck.errors import UsageError
from convcheck.untrusted.files import Unreadable, open_regular, reason
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.png import check_rows, png_header

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

MOST_PIXELS = 89_478_485
"""What Pillow takes for the most that is no bomb; 8-bit RGB of this size has 256 MiB."""
_MOST_BYTES = 1 << 30
_GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "I;16N")
_GREY_16 = _GREY[3:]

Size = tuple[int | None, int | None]


def picture_shape(
    path: str | os.PathLike[str], channels: int | None = None, size: Size = (None, None)
) -> tuple[int, int, int]:
    """The shape (H, W, C) that ``read_picture`` gives; only the header is read."""
    with _opened(path) as (picture, _):
        return _shape(picture, channels, size)


def read_picture(
    path: str | os.PathLike[str],
    channels: int | None = None,
    size: Size = (None, None),
    *,
    whole: bool = False,
) -> NDArray[Any]:
    """A picture as (H, W, C): each value divided by the largest that the format has, in float64.

    The same pixels that ``tf.io.decode_image`` and Keras read: as they are stored, so that a
    rotation in EXIF, a colour profile and gamma are not applied. A palette and CMYK become RGB,
    of an animation the first picture counts. Grey stays one channel, of 1 to 16 bits; colour of
    16 bits, which Pillow would cut to 8, is refused, and so is transparency, which would be lost.
    ``whole`` gives the numbers before they are divided: 0 to 255, or 0 to 65535 of 16 bits.

    Raises Unreadable for anything but a PNG or JPEG file, and for one with more than
    ``MOST_PIXELS``; UsageError where there is not memory enough.
    """
    from PIL.Image import Resampling

    with _opened(path) as (picture, file):
        height, width, depth = _shape(picture, channels, size)
        pixels = picture.width * picture.height
        alpha = _may_be_transparent(picture)
        check_memory((9 if alpha else 5) * pixels + 9 * height * width * depth, "the picture")
        grey_16 = picture.mode in _GREY_16
        _check_png(file, grey_16=grey_16)
        if alpha:
            _check_opaque(picture)
        if grey_16:
            plain, stored = picture.convert("I"), "uint16"
        else:
            plain, stored = picture.convert("L" if depth == 1 else "RGB"), "uint8"
        if plain.size != (width, height):
            plain = plain.resize((width, height), Resampling.BILINEAR)
        numbers = np.asarray(plain).reshape(height, width, -1)
        values = numbers.astype(stored) if whole else numbers / np.iinfo(stored).max
        return values if values.shape[-1] == depth else np.repeat(values, depth, -1)


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[Image, BinaryIO]]:
    # Here, not above: only pictures need Pillow, whose import takes as long as reading one.
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise Unreadable("pictures need Pillow; pip install pillow") from None

    with open_regular(path) as (file, size), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if size > _MOST_BYTES:
            raise Unreadable(f"it has {size:,} bytes; {_MOST_BYTES:,} are the most of a picture")
        try:
            with Image.open(file, formats=["PNG", "JPEG"]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise _too_large(f"{picture.height:,} by {picture.width:,}")
                yield picture, file
        except UsageError:
            raise
        except UnidentifiedImageError as error:
            raise Unreadable("it is neither a PNG nor a JPEG file; save it as .png") from error
        except Image.DecompressionBombError as error:
            raise _too_large("far too many") from error
        except MemoryError as error:
            raise Unreadable("there is not memory enough to read it; make it smaller") from error
        except Exception as error:  # Pillow raises whatever its parsers meet
            raise Unreadable(reason(error)) from error


def _may_be_transparent(picture: Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def _check_opaque(picture: Image) -> None:
    """Raise Unreadable where a pixel lets a background through: which one, nobody said."""
    seen = picture.convert("RGBA").getchannel("A").histogram()
    if any(seen[:255]):
        raise Unreadable(
            "it has transparent pixels; flatten it onto a background, or save the array with its "
            "alpha channel as .npy"
        )


def _too_large(shown: str) -> Unreadable:
    return Unreadable(f"it has {shown} pixels; {MOST_PIXELS:,} are the most, so make it smaller")


def _shape(picture: Image, channels: int | None, size: Size) -> tuple[int, int, int]:
    grey = picture.mode in _GREY if channels is None else channels == 1
    height, width = (
        want or own for want, own in zip(size, (picture.height, picture.width), strict=True)
    )
    return height, width, 1 if grey else 3


def _check_png(file: BinaryIO, *, grey_16: bool) -> None:
    """Raise Unreadable for a PNG that Pillow would take for something else than it is."""
    place = file.tell()
    header = png_header(file)
    if header is not None:
        if header.depth == 16 and not grey_16:
            raise Unreadable(
                "its colours have 16 bits, of which 8 would be lost; convert it to 8 bits, "
                "or save the array as .npy"
            )
        check_rows(file, header)
    file.seek(place)
