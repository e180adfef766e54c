"""Is the structure kept: imports point down the list, files and folders stay small?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "convcheck"
ORDER = """
cli pytest_plugin pytesting api sweep testing option_types command_line entry reports excerpt model
inventory check plan diagnosis causes verdict truth runtimes implementations quantized orders case
leaving writing untrusted cases results errors spelling version
""".split()
"""A package or module of the top level imports only what comes after it, or itself."""
FORBIDDEN = {
    "truth": {"implementations", "runtimes"},
    "verdict": {"implementations", "runtimes"},
    "causes": {"implementations", "runtimes"},
    "diagnosis": {"implementations", "runtimes"},
    "runtimes": {"verdict", "truth", "causes", "diagnosis"},
    "reports": {"check", "diagnosis"},
    "excerpt": {"diagnosis", "implementations", "runtimes"},
}
"""What is right must not depend on who computes it, nor the other way round."""
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Modules of ours that a file imports, and whether only a type checker does."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convcheck"):
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                place = PACKAGE.parent / whole.replace(".", "/")
                is_module = place.with_suffix(".py").is_file() or place.is_dir()
                yield whole if is_module else str(node.module), id(node) in typing_only


def top_level(module: str) -> str:
    """The package or module of the top level; "" for convcheck itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_does_a_file_import_down_the_list_only(path: Path) -> None:
    mine = top_level(module_of(path))
    if mine in ("", "__main__"):
        return
    for module, typing_only in imports(path):
        theirs = top_level(module)
        if typing_only or theirs in ("", mine):
            continue
        assert ORDER.index(theirs) > ORDER.index(mine), f"{module_of(path)} imports {module}"
        assert theirs not in FORBIDDEN.get(mine, ()), f"{module_of(path)} imports {module}"


def test_is_there_no_circle_of_imports() -> None:
    known = {module_of(path) for path in FILES}
    graph = {
        module_of(path): {m for m, typing_only in imports(path) if m in known and not typing_only}
        for path in FILES
    }
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join([*way, module])
        if module not in done:
            for other in graph[module]:
                visit(other, (*way, module))
            done.add(module)

    for module in graph:
        if module != "convcheck":  # its names are loaded when they are first used
            visit(module, ())


def test_is_no_file_over_300_lines_and_no_folder_over_16_files() -> None:
    long = {module_of(path) for path in FILES if len(path.read_text().splitlines()) > 300}
    folders = {path.parent for path in FILES}
    assert not long
    assert not {f.name for f in folders if len([*f.glob("[!_]*.py")]) > 16}


def test_does_the_rule_notice_an_import_that_points_up(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("def f():\n    from convcheck.check import check\n")
    assert [top_level(module) for module, _ in imports(file)] == ["check"]
    assert ORDER.index("check") < ORDER.index("truth")
