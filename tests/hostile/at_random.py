"""Bad inputs that hypothesis makes: damaged files, texts for options, values for settings.

Some are right by chance: they may give any result, but no traceback, and none of the rest.
"""

from __future__ import annotations

import functools
import io
import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from .case import Hostile
from .cases import bundles, models, options, settings

ANY_RESULT = (0, 1, 2, 3)
SMALL = ["compare", "--input", "random", "--input-shape", "1,4,4,1", "--kernel-size", "2"]
# All but NUL, which no argument can have; surrogates are what undecodable bytes become.
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
        st.sampled_from("\x1b\x07\x08\x9b\u202e\u2028\udcff,:=?&@'\"-019.eE"),
    ),
    max_size=40,
)
JSON = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
        st.sampled_from(["same", "float32", "numpy", "tf", 2**31, 10**30, 1e308]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)


@functools.cache
def wholes() -> dict[str, bytes]:
    """A good file of each kind, by the name that it gets."""
    from PIL import Image

    array, picture, jpeg = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(array, np.ones((1, 4, 4, 1), np.float32))
    values = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(values).save(picture, "PNG")
    Image.fromarray(values).save(jpeg, "JPEG")
    return {
        "x.npy": array.getvalue(),
        "x.png": picture.getvalue(),
        "x.jpg": jpeg.getvalue(),
        "g.npz": bundles.good(),
        "m.keras": models.model(models.sequential(models.layer("Dense", units=10**9))),
    }


def _command(name: str) -> list[str]:
    if name == "g.npz":
        return ["verify", name]
    if name == "m.keras":
        return ["model", name]
    return ["compare", "--input", name, "--kernel-size", "2", "-i", "numpy"]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """These bytes with some of them changed, left out, repeated or put in."""
    body = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 16))
        how = draw(st.sampled_from(["flip", "cut", "drop", "repeat", "put"]))
        if how == "flip" and at < len(body):
            body[at] ^= draw(st.integers(1, 255))
        elif how == "cut":
            del body[at:]
        elif how == "drop":
            del body[at : at + length]
        elif how == "repeat":
            body[at:at] = body[at : at + length] * draw(st.integers(1, 50))
        elif how == "put":
            body[at:at] = draw(st.binary(max_size=16))
    return bytes(body)


@st.composite
def files(draw: st.DrawFn) -> Hostile:
    name = draw(st.sampled_from(sorted(wholes())))
    data = draw(damaged(wholes()[name]))
    if name == "g.npz" and draw(st.booleans()):
        data = bundles.sealed(data[:-66] + b"\0\0")
    return Hostile(f"a damaged {name}", _command(name), {name: data}, codes=ANY_RESULT)


@st.composite
def manifests(draw: st.DrawFn) -> Hostile:
    manifest = json.loads(bundles.arrays()["manifest"].tobytes())
    path = draw(st.sampled_from([*bundles.paths(manifest)]))
    text = json.dumps(bundles.changed(manifest, path, draw(JSON)))
    return Hostile(
        f"a manifest: {text}", ["verify", "g.npz"], {"g.npz": bundles.with_manifest(text)},
        codes=ANY_RESULT,
    )  # fmt: skip


@st.composite
def arguments(draw: st.DrawFn) -> Hostile:
    option = draw(st.sampled_from([*options.NUMBERS, "--input-shape"]))
    value = draw(TEXTS)
    return Hostile(
        f"{option} {value!r}",
        ["compare", "--input", "random", "-i", "numpy", f"{option}={value}"],
        codes=ANY_RESULT,
    )  # fmt: skip


@st.composite
def names(draw: st.DrawFn) -> Hostile:
    base = draw(st.sampled_from(["", "tf", "numpy", "file:", "numpy?", "numpy@", "scipy?a=1&"]))
    name = base + draw(TEXTS)
    return Hostile(f"-i {name!r}", [*SMALL, f"-i{name}"], codes=ANY_RESULT)


@st.composite
def project_files(draw: st.DrawFn) -> Hostile:
    key = draw(st.sampled_from([*settings.WRONG, "color", "convcheck"]))
    value: Any = draw(JSON)
    text = f"[tool.convcheck]\n{key} = {_toml(value)}\n"
    data = text.encode(errors="surrogatepass")
    return Hostile(
        f"pyproject: {text}", ["compare", "--input", "random", "-i", "numpy"],
        {"pyproject.toml": data}, codes=ANY_RESULT,
    )  # fmt: skip


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value).lower() if value != value else json.dumps(value)


ANYTHING = st.one_of(files(), manifests(), arguments(), names(), project_files())
