"""The script that a runtime's process starts with, run by path in the interpreter asked for.

It makes this copy of convcheck importable and nothing else: an interpreter of another environment
must not see the packages that are installed beside this copy.
"""

import importlib.util
import os
import sys


def main() -> None:
    """Import convcheck from its folder, then serve."""
    if sys.version_info < (3, 10):  # noqa: UP036  another environment's Python may be older
        sys.exit("convcheck needs Python 3.10 or newer, this is " + sys.version.split()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    package = os.path.dirname(here)
    # Python puts the script's folder first; a framework's "import host" must not find ours.
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
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

    from convcheck.runtimes.worker import serve  # importable only from here on

    serve()


if __name__ == "__main__":
    main()
