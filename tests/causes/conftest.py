"""Which frameworks a test needs is asked as for the adapters."""

from tests.implementations.conftest import needs

__all__ = ["needs"]
