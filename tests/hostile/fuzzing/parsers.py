"""The parsers of text from elsewhere: what each is given, and which exceptions refuse it."""

from __future__ import annotations

import atexit
import functools
import importlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from convcheck.errors import UsageError


def name(data: bytes) -> object:
    from convcheck.implementations.registry import parse_all

    text = _text(data)
    return parse_all([text])


def numbers(data: bytes) -> object:
    from convcheck.cli.params import Numbers
    from convcheck.option_types import Amount, Seconds, Whole

    text = _text(data)
    found = []
    for kind in (
        Numbers(at_least=0), Numbers(at_least=1), Whole(at_least=0), Amount(min=0), Seconds()
    ):  # fmt: skip
        try:
            found.append(kind.convert(text, None, None))
        except click.BadParameter as error:
            refused = error
    if not found:
        raise refused
    return found


def padding(data: bytes) -> object:
    from convcheck.cli.params import Padding

    return Padding().convert(_text(data), None, None)


def spec(data: bytes) -> object:
    """A geometry as four lines of options, against an input of (1, 9, 9, 4)."""
    from convcheck.case.sizes import check_sizes
    from convcheck.case.spec import ConvSpec
    from convcheck.cli.params import Numbers, Padding

    size, strides, pads, dilations, groups = (_text(data).split("\n") + ["1"] * 5)[:5]
    some = Numbers(at_least=0)
    made = ConvSpec.make(
        some.convert(size, None, None),
        strides=some.convert(strides, None, None),
        padding=Padding().convert(pads, None, None),
        dilations=some.convert(dilations, None, None),
        groups=some.convert(groups, None, None)[0],
        transposed=len(data) % 2 == 0,
    )
    return check_sizes(made, (1, 9, 9, 4), (*made.kernel_size, 4, 4))


def manifest(data: bytes) -> object:
    from convcheck.case.bundle_manifest import MANIFEST, cleaned
    from convcheck.case.spec import ConvSpec
    from convcheck.untrusted.documents import check_document, parse_json

    document = parse_json(data, "the manifest")
    check_document(document, MANIFEST, "the manifest")
    geometry = cleaned(document)["spec"]
    return ConvSpec.make(geometry.pop("kernel_size"), **geometry)


def project(data: bytes) -> object:
    from convcheck.cli.trust import project_file, settings

    file = _folder() / "pyproject.toml"
    file.write_bytes(data)
    return settings.by_command(file, project_file.read(file), _commands())


def cases(data: bytes) -> object:
    from convcheck.cli.trust import cases_file

    file = _folder() / "cases.toml"
    file.write_bytes(data)
    return cases_file.read_cases(str(file), click.Context(_commands()["compare"]))


def npy(data: bytes) -> object:
    from convcheck.untrusted.npy import read_array

    return read_array(io.BytesIO(data), len(data))


def header(data: bytes) -> object:
    from convcheck.untrusted.npy import parse_header

    return parse_header(data.decode("latin-1"))


PARSERS: Mapping[str, Callable[[bytes], object]] = {
    one.__name__: one
    for one in (name, numbers, padding, spec, manifest, project, cases, npy, header)
}
REFUSALS = (UsageError, click.UsageError)
"""Nothing else may come out of a parser."""


def seeds() -> dict[str, list[bytes]]:
    """What each parser begins with, where there is no corpus yet."""
    made = {
        "name": ["tf", "keras?mode=predict", "numpy?A=1&dtype=float32", "file:x.npy?dtype=float16"],
        "numbers": ["7", "7,5", "1.5", "1e3", "-1"],
        "padding": ["same", "valid", "1", "1,2", "0:1,0:1"],
        "spec": ["3,3\n2,2\nsame\n1,1\n2", "3\n1\n0:1\n2\n1", "3,3\n2\nvalid\n1\n1"],
        "project": [
            '[tool.convcheck]\nkernel = "random"\nstrides = [2, 1]\nstrict = true\n',
            '[tool.convcheck.compare]\nimplementation = ["tf", "numpy"]\npadding = "0:1,0:1"\n',
            "[tool.convcheck]\nmax-sum = 1.5\ntimeout = 7\naccept = ['input-autocast']\n",
        ],
        "cases": [
            '[[case]]\nname = "a"\nstrides = [2, 1]\ntransposed = true\n[[case]]\nname = "b"\n',
            '[[case]]\nname = "a"\nimplementation = ["tf", "numpy"]\nkernel-size = "3,5"\n',
        ],
        "header": ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"],
    }
    raw = {parser: [text.encode() for text in texts] for parser, texts in made.items()}
    import numpy as np

    from tests.hostile.cases import bundles

    buffer = io.BytesIO()
    np.save(buffer, np.arange(3, dtype=np.float32))
    raw["npy"] = [buffer.getvalue()]
    raw["manifest"] = [
        bundles.arrays()["manifest"].tobytes(),
        bundles.arrays(bundles.quantized)["manifest"].tobytes(),
        json.dumps({"a": [1]}).encode(),
    ]
    return raw


def _text(data: bytes) -> str:
    """As Python decodes an argument: what is no UTF-8 becomes surrogates."""
    return data.replace(b"\0", b"").decode("utf-8", "surrogateescape")


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzzing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _commands() -> dict[str, click.Command]:
    return {
        one: importlib.import_module(f"convcheck.cli.commands.{one}").command
        for one in ("compare", "verify", "model")
    }
