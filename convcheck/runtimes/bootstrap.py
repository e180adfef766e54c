"""First lines of a runtime's process, run by path in whichever interpreter was asked for.

They make this very copy of convcheck importable and nothing else: an interpreter of another
environment must not see the packages that are installed beside us.
"""

import importlib.util
import os
import sys


def main() -> None:
    """Import convcheck from its folder, then serve."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # Python puts the script's folder first; a framework's "import host" must not find ours.
    # The user's own modules are looked up from the current folder instead.
    sys.path[0] = os.getcwd()
    spec = importlib.util.spec_from_file_location(
        "convcheck",
        os.path.join(package, "__init__.py"),
        submodule_search_locations=[package],
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["convcheck"] = module
    spec.loader.exec_module(module)

    from convcheck.runtimes.worker import serve

    serve()


if __name__ == "__main__":
    main()
