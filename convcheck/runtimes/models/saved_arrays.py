"""What an HDF5 file holds, looked at before Keras reads it: nothing elsewhere, and no bombs."""

from __future__ import annotations

import contextlib
from typing import Any

import h5py

from convcheck.errors import Mistake
from convcheck.untrusted.memory import check_memory, within_memory
from convcheck.untrusted.text import clean

_MOST_OBJECTS = 1_000_000
_MOST_TIMES = 8  # what compressing weights may save at most
_SLACK = 1 << 26


def check_arrays(file: h5py.File, size: int) -> int:
    """Bytes of all arrays in an HDF5 file of ``size`` bytes.

    Raises Mistake where an object lies in another file, where arrays or attributes promise far more
    than the file can hold, and UsageError where there is not memory enough for them.
    """
    with within_memory(_MOST_TIMES * size + _SLACK):
        try:
            total = _counted(file)
        except MemoryError as error:
            raise Mistake("its attributes need more memory than it can hold numbers") from error
    if total > _MOST_TIMES * size + _SLACK:
        raise Mistake(
            f"its arrays would have {total:,} bytes, and it has {size:,}: they are not there"
        )
    check_memory(2 * total, "the model's weights, read and in the layers,")
    return total


def _counted(file: h5py.File) -> int:
    """Bytes of all arrays; what their attributes say is read, and left."""
    total, seen, groups = 0, set[int](), [file]
    _read_attributes(file)
    while groups:
        group = groups.pop()
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise Mistake(f"it reads '{clean(name, 80)}' from another file, which is refused")
            found = group.get(name)  # None where a link leads nowhere
            if found is None or (place := h5py.h5o.get_info(found.id).addr) in seen:
                continue
            seen.add(place)
            _read_attributes(found)
            if isinstance(found, h5py.Group):
                groups.append(found)
            elif isinstance(found, h5py.Dataset):
                total += _bytes_of(found)
            if len(seen) > _MOST_OBJECTS:
                raise Mistake(f"it has more than {_MOST_OBJECTS:,} objects")
    return total


def _read_attributes(found: Any) -> None:
    """Read them, as Keras will: a text's length is nowhere else but in it, and may be any."""
    for name in found.attrs:
        with contextlib.suppress(TypeError):  # of a type that h5py does not know, nor Keras
            found.attrs[name]


def _bytes_of(dataset: h5py.Dataset) -> int:
    if dataset.external or dataset.is_virtual:
        raise Mistake(f"it reads '{clean(dataset.name, 80)}' from another file, which is refused")
    return int(dataset.nbytes)
