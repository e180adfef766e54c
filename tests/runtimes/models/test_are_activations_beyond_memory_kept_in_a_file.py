"""Are activations that do not fit the memory meant for them kept in a file, unchanged?"""

import numpy as np

from convcheck.runtimes.models import spill_store


def test_are_activations_beyond_memory_kept_in_a_file(monkeypatch):
    monkeypatch.setattr(spill_store, "IN_MEMORY", 100)
    store = spill_store.SpillStore()
    arrays = [np.arange(20.0), np.arange(30, dtype=np.float32).reshape(5, 6)]
    kept = [store.kept(array) for array in arrays]
    store.close()
    assert [isinstance(array, np.memmap) for array in kept] == [True, True]
    assert all(
        np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(arrays, kept, strict=True)
    )
