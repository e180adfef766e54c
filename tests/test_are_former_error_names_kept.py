"""Does code that catches errors by a former name still catch them?"""

from __future__ import annotations

import pytest

from convcheck import errors


def test_is_mistake_the_usage_error() -> None:
    assert errors.Mistake is errors.UsageError
    with pytest.raises(errors.Mistake):
        raise errors.SpecError("no geometry")
