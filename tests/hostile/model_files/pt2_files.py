"""Bad .pt2 archives; whatever code is in them would make the file ``ran``."""

from __future__ import annotations

import functools
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..case import Content
from .bad_file import ANY_RESULT, BadFile

Members = dict[str, bytes]
Change = Callable[[Any], object]


class Touches:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self._path, "w")


@functools.cache
def members(source: Path) -> Members:
    with zipfile.ZipFile(source) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(found: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_json(source: Path, end: str, change: Change) -> bytes:
    """The archive with one of its JSON documents changed."""
    found = dict(members(source))
    name = next(name for name in found if name.endswith(end))
    document = json.loads(found[name])
    change(document)
    return written({**found, name: json.dumps(document).encode()})


def module(document: Any) -> Any:
    return document["graph_module"]


def node(kind: str, **fields: Any) -> Change:
    """The first node whose target has this word, changed."""

    def change(document: Any) -> None:
        nodes = module(document)["graph"]["nodes"]
        next(one for one in nodes if kind in one["target"]).update(fields)

    return change


def argument(kind: str, name: str, value: Any) -> Change:
    """An argument of the first such node, changed, or added."""

    def change(document: Any) -> None:
        nodes = module(document)["graph"]["nodes"]
        given = next(one for one in nodes if kind in one["target"])["inputs"]
        others = [one for one in given if one["name"] != name]
        given[:] = [*others, {"name": name, "arg": value, "kind": 2}]

    return change


def inserted(target: str, *given: Any, outputs: int = 1) -> Change:
    """A node of this target, before all others, of which nobody takes anything."""

    def change(document: Any) -> None:
        names = [{"as_tensor": {"name": f"new{i}"}} for i in range(outputs)]
        inputs = [{"name": f"a{i}", "arg": one, "kind": 1} for i, one in enumerate(given)]
        whole = {"target": target, "inputs": inputs, "outputs": names, "metadata": {}}
        module(document)["graph"]["nodes"].insert(0, {**whole, "is_hop_single_tensor_return": None})

    return change


def squared(times: int) -> Change:
    """A size that is multiplied by itself, again and again."""

    def change(document: Any) -> None:
        graph = module(document)["graph"]
        last: Any = {"as_int": 10**9}
        for i in range(times):
            given = [{"name": n, "arg": {"as_sym_int": last}, "kind": 1} for n in "ab"]
            graph["nodes"].insert(
                i,
                {"target": "_operator.mul", "inputs": given, "metadata": {},
                 "outputs": [{"as_sym_int": {"as_name": f"s{i}"}}]},
            )  # fmt: skip
            last = {"as_name": f"s{i}"}
        conv = next(one for one in graph["nodes"] if "conv" in one["target"])
        conv["inputs"] = [one for one in conv["inputs"] if one["name"] != "groups"]
        conv["inputs"].append({"name": "groups", "arg": {"as_sym_int": last}, "kind": 2})

    return change


def weight(**fields: Any) -> Change:
    """The first weight's entry."""

    def change(document: Any) -> None:
        next(iter(document["config"].values())).update(fields)

    return change


def meta(**fields: Any) -> Change:
    def change(document: Any) -> None:
        next(iter(document["config"].values()))["tensor_meta"].update(fields)

    return change


def sizes(*lengths: int) -> list[dict[str, int]]:
    return [{"as_int": length} for length in lengths]


def spec(kind: str, **said: Any) -> Change:
    """The first input, another kind."""
    return lambda d: module(d)["signature"]["input_specs"].__setitem__(0, {kind: said})


def taken(*lengths: int) -> Change:
    def change(document: Any) -> None:
        meta_of = module(document)["graph"]["tensor_values"]
        name = module(document)["signature"]["input_specs"][-1]["user_input"]["arg"]["as_tensor"]
        meta_of[name["name"]]["sizes"] = sizes(*lengths)

    return change


GRAPHS: dict[str, tuple[Change, str]] = {
    "a call of the system": (node("conv", target="os.system"), "none of ATen's"),
    "a call of Python's": (node("conv", target="builtins.eval"), "none of ATen's"),
    "an attribute of ATen": (node("conv", target="torch.ops.aten.__class__.mro"), "none of ATen's"),
    "another library": (node("conv", target="torch.ops.mine.run.default"), "none of ATen's"),
    "a loader": (node("conv", target="torch.ops.loader.load_library.default"), "none of ATen's"),
    "a higher order": (node("conv", target="torch.ops.higher_order.cond"), "none of ATen's"),
    "a file for a tensor": (node("conv", target="torch.ops.aten.from_file.default"), "does more"),
    "a file written": (node("conv", target="torch.ops.aten.save.default"), "does more"),
    "a printer": (node("conv", target="torch.ops.aten._print.default"), "does more"),
    "a target of escapes": (node("conv", target="\x1b[2J\x1b]0;x\x07"), "none of ATen's"),
    "a target that is none": (node("conv", target=7), ""),
    "no outputs of a node": (node("conv", outputs=[]), ""),
    "an output of nothing": (node("conv", outputs=[{}]), ""),
    "no graph": (lambda d: d.pop("graph_module"), "damaged"),
    "no nodes": (lambda d: module(d)["graph"].pop("nodes"), "damaged"),
    "nodes of text": (lambda d: module(d)["graph"].update(nodes="abc"), "damaged"),
    "10**30 groups": (argument("conv", "groups", {"as_int": 10**30}), ""),
    "groups of text": (argument("conv", "groups", {"as_string": "os.system"}), ""),
    "groups below 0": (argument("conv", "groups", {"as_int": -1}), ""),
    "strides of 0": (argument("conv", "stride", {"as_ints": [0, 0]}), ""),
    "strides without end": (argument("conv", "stride", {"as_ints": [1] * 10**5}), ""),
    "a graph for an argument": (argument("conv", "groups", {"as_graph": {}}), "not read here"),
    "a custom object": (argument("conv", "weight", {"as_custom_obj": {"name": "o"}}), ""),
    "an operator of itself": (
        argument("conv", "weight", {"as_tensor": {"name": "conv2d"}}),
        "follows from itself",
    ),
    "a weight that is none": (argument("conv", "weight", {"as_tensor": {"name": "lost"}}), ""),
    "an input of an expression": (spec("user_input", arg={"as_expr": "open('ran', 'w')"}), ""),
    "a token": (spec("token", arg={"name": "t"}), "needs a token"),
    "a custom object of the model": (
        spec("custom_obj", arg={"name": "o", "class_fqn": "x"}, custom_obj_name="o"),
        "needs a custom_obj",
    ),
    "a weight under another name": (
        spec("parameter", arg={"name": "p"}, parameter_name="lost"),
        "damaged",
    ),
    "an input of 10**12": (taken(1, 3, 10**6, 10**6), ""),
    "an input below 0": (taken(1, 3, -8, 8), "an axis below 1"),
    "sizes without end": (squared(64), "a size that no tensor has"),
}
WEIGHTS: dict[str, tuple[Change, str]] = {
    "weights that are pickles": (weight(use_pickle=True), "is a pickle"),
    "weights of a way out": (weight(path_name="../../../outside/secret"), "is not in the archive"),
    "no description of a weight": (weight(tensor_meta=None), "is a pickle"),
    "no config of weights": (lambda d: d.pop("config"), "damaged"),
    "10**18 weights of nothing": (
        meta(sizes=sizes(10**9, 10**9), strides=sizes(0, 0)),
        "numbers, and the file holds",
    ),
    "more weights than there are": (meta(sizes=sizes(8, 3, 3, 99)), ""),
    "weights below 0": (meta(sizes=sizes(-8, 3, 3, 3)), ""),
    "weights before the file": (meta(storage_offset={"as_int": -(10**6)}), ""),
    "weights behind the file": (meta(storage_offset={"as_int": 10**12}), ""),
    "strides below 0": (meta(strides=sizes(-27, 9, 3, 1)), ""),
    "weights of no dtype": (meta(dtype=99), "has a dtype"),
    "weights of an expression": (
        meta(sizes=[{"as_expr": {"expr_str": "__import__('os').system('touch ran')"}}]),
        "damaged",
    ),
}
BY_CHANCE: dict[str, Change] = {
    "an unused file": inserted("torch.ops.aten.empty.memory_format", {"as_ints": [10**7]}),
    "10**13 zeros": inserted("torch.ops.aten.zeros.default", {"as_ints": [10**13]}),
}


def with_pickles(source: Path, where: str) -> Content:
    """The archive with a pickle in place of some of its members."""

    def write(path: Path) -> None:
        harm = pickle.dumps(Touches(path.parent / "ran"))
        path.write_bytes(
            written({n: harm if where in n else data for n, data in members(source).items()})
        )

    return write


def with_expression(source: Path) -> Content:
    """The archive with code where SymPy would be given it."""

    def write(path: Path) -> None:
        code = f"open('{path.parent / 'ran'}', 'w')"
        changes = with_json(
            source,
            "model.json",
            lambda d: d.update(range_constraints={code: {"min_val": 1, "max_val": 2}}),
        )
        path.write_bytes(changes)

    return write


def files(good: Path) -> Iterator[BadFile]:
    """Those by hand."""
    net = good / "net.pt2"
    whole = net.read_bytes()
    found = members(net)
    root = next(iter(found)).partition("/")[0]
    shapes: dict[str, tuple[Content, str]] = {
        "empty": (b"", "a .pt2 file is a zip archive"),
        "text": (b"a model\n", "a .pt2 file is a zip archive"),
        "a pickle": (pickle.dumps({"weights": 1}), "a .pt2 file is a zip archive"),
        "half": (whole[: len(whole) // 2], "cut short or damaged"),
        "a zip's start": (whole[:30], "cut short or damaged"),
        "an archive of nothing": (b"PK\5\6" + bytes(18), ""),
        "no model": (written({"x/version": b"0"}), "holds no models/model.json"),
        "compressed": (written(found, zipfile.ZIP_DEFLATED), "is compressed"),
        "a bomb": (
            written({**found, f"{root}/data/weights/weight_0": bytes(10**7)}, zipfile.ZIP_DEFLATED),
            "is compressed",
        ),
        "no JSON": (written({f"{root}/models/model.json": b"{"}), "is no JSON"),
        "deep JSON": (written({f"{root}/models/model.json": b"[" * 10**5}), "is no JSON"),
        "JSON of another shape": (written({f"{root}/models/model.json": b"[7]"}), "damaged"),
        "a FIFO": (os.mkfifo, "it is a FIFO"),
        "a device": (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
        "a folder": (Path.mkdir, "without a saved_model.pb"),
    }
    for name, (content, words) in shapes.items():
        yield BadFile(name, "pt2", content, words)
    for name, (change, words) in GRAPHS.items():
        yield BadFile(name, "pt2", with_json(net, "model.json", change), words)
    for name, (change, words) in WEIGHTS.items():
        data = with_json(net, "model_weights_config.json", change)
        yield BadFile(name, "pt2", data, words)
    for name, change in BY_CHANCE.items():
        yield BadFile(name, "pt2", with_json(net, "model.json", change), codes=ANY_RESULT)
    for where in ("sample_inputs", "weights/weight_", "constants", "extra", "version"):
        yield BadFile(f"pickles for {where}", "pt2", with_pickles(net, where), codes=ANY_RESULT)
    yield BadFile("code for SymPy", "pt2", with_expression(net), codes=ANY_RESULT)
