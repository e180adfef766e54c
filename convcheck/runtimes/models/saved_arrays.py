"""What an HDF5 file holds, looked at before Keras reads it: nothing elsewhere, and no bombs."""

from __future__ import annotations

import h5py

from convcheck.errors import Mistake
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

_MOST_OBJECTS = 1_000_000
_MOST_TIMES = 8  # what compressing weights may save at most
_SLACK = 1 << 26


def check_arrays(file: h5py.File, size: int) -> int:
    """Bytes of all arrays in an HDF5 file of ``size`` bytes.

    Raises Mistake where an object lies in another file, where arrays promise far more than the
    file can hold, and UsageError where there is not memory enough for them.
    """
    total, seen, groups = 0, set[int](), [file]
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
            if isinstance(found, h5py.Group):
                groups.append(found)
            elif isinstance(found, h5py.Dataset):
                total += _bytes_of(found)
            if len(seen) > _MOST_OBJECTS:
                raise Mistake(f"it has more than {_MOST_OBJECTS:,} objects")
    if total > _MOST_TIMES * size + _SLACK:
        raise Mistake(
            f"its arrays would have {total:,} bytes, and it has {size:,}: they are not there"
        )
    check_memory(2 * total, "the model's weights, read and in the layers,")
    return total


def _bytes_of(dataset: h5py.Dataset) -> int:
    if dataset.external or dataset.is_virtual:
        raise Mistake(f"it reads '{clean(dataset.name, 80)}' from another file, which is refused")
    return int(dataset.nbytes)
