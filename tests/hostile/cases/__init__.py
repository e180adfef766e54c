"""Bad inputs by hand, a file a class."""

from ..case import Hostile
from . import arrays, bundles, case_tables, models, options, pictures, settings

CLASSES = (options, settings, case_tables, arrays, pictures, bundles, models)


def by_hand() -> list[Hostile]:
    """All of them, the classes in turn, so that any number of the first is of all classes."""
    lists = [module.cases() for module in CLASSES]
    longest = max(map(len, lists))
    return [some[i] for i in range(longest) for some in lists if i < len(some)]
