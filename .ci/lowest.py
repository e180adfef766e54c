"""Print pip constraints: the lowest version of each package that pyproject.toml admits.

Needs packaging, and on Python 3.10 tomli. Packages that this Python does not need are left out.
"""

import sys
from pathlib import Path

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def lowest(requirement: Requirement) -> str:
    """The version after the requirement's ``>=``."""
    (floor,) = (one.version for one in requirement.specifier if one.operator == ">=")
    if not requirement.specifier.contains(floor, prereleases=True):
        sys.exit(f"{requirement}: its own lowest version is excluded; raise the floor")
    return floor


def main() -> None:
    """Print a line for each package."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    extras = project["optional-dependencies"].values()
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    for requirement in map(Requirement, texts):
        needed = requirement.marker is None or requirement.marker.evaluate()
        if needed and requirement.name != project["name"]:
            print(f"{requirement.name}=={lowest(requirement)}")


if __name__ == "__main__":
    main()
