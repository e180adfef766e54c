"""Arrays as images: PNG or JPEG in a ``data:`` address."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from convcheck.results import Array

# Ten colours of Matplotlib's maps, which van der Walt and Smith made for it (CC0); the same stand
# in page.css.
STOPS = {
    "magma": "000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf".split(),
    "viridis": "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725".split(),
    "gray": ["000000", "ffffff"],
}
_LEVELS = {"magma": 64, "viridis": 64, "gray": 250}
"""Fewer take fewer bytes, and an eye tells no more of them apart."""
_NO_NUMBER = (0, 255, 255)
_SMALL = 64
"""Pixels of a side up to which a photograph stays as it is."""


def mapped(shares: Array, colors: str) -> str:
    """A plane of numbers from 0 to 1 in the colours of a map; NaN is cyan."""
    levels = _LEVELS[colors]
    missing = np.isnan(shares)
    index = np.where(missing, 0.0, np.clip(shares, 0.0, 1.0)) * (levels - 1)
    picture = Image.fromarray(np.where(missing, levels, np.rint(index)).astype(np.uint8), "P")
    picture.putpalette([*_palette(colors, levels), *_NO_NUMBER])
    return _address(picture, "PNG", optimize=True)


def photograph(colors: Array) -> str:
    """(height, width, 3) from 0 to 1; a large one loses what only a microscope shows."""
    picture = Image.fromarray(np.rint(np.clip(colors, 0.0, 1.0) * 255).astype(np.uint8), "RGB")
    if max(picture.size) <= _SMALL:
        return _address(picture, "PNG", optimize=True)
    return _address(picture, "JPEG", quality=88)


def _palette(colors: str, levels: int) -> list[int]:
    stops = np.array([[int(stop[i : i + 2], 16) for i in (0, 2, 4)] for stop in STOPS[colors]])
    at = np.linspace(0, len(stops) - 1, levels)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, i]) for i in range(3)]
    found: list[int] = np.rint(np.stack(channels, axis=-1)).astype(int).ravel().tolist()
    return found


def _address(picture: Image.Image, form: str, **settings: object) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, form, **settings)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/{form.lower()};base64,{data}"
