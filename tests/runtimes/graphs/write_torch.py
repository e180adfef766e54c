"""Write exported PyTorch programs, sound and harmful: ``python write_torch.py FOLDER MARKER``.

The harmful ones make the file MARKER where their code runs.
"""

import io
import json
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HARMFUL = tuple(
    f"aten.{name}.default"
    for name in (
        *("from_file", "save", "_print"),
        *("_sparse_coo_tensor_unsafe", "_nested_view_from_buffer"),
    )
)
"""Operators that read, write or print, or that check no index."""


class Net(nn.Module):
    """Every kind of convolution, a batch norm, what changes its argument, and a flattened dense."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=(1, 0), stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.grouped = nn.Conv2d(8, 8, 3, groups=4, padding="same", dilation=2)
        self.up = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.dense = nn.Linear(4 * 8 * 6, 5)

    def forward(self, x):
        x = functional.relu_(self.norm(self.first(x)))
        x = self.grouped(functional.pad(x, (1, 0, 0, 1)))
        x = self.up(functional.relu6(x)[:, :, 1:, 1:])
        return self.dense(torch.flatten(functional.avg_pool2d(x, 1), 1))


class Sized(nn.Module):
    """A net that takes any number of rows."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        y = self.conv(x)
        return y.reshape(y.shape[0], 4, y.shape[2] * y.shape[3])


class Part(nn.Module):
    """A net that changes one channel in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        y = self.conv(x)
        y[:, 0] += 1
        return y.relu()


class Touch:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def changed(path, name, change):
    """The archive again with its JSON, or one of its members, changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(path.parent / name, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            new.writestr(member, change(member, data))


def with_json(end, change):
    def changer(member, data):
        if not member.endswith(end):
            return data
        document = json.loads(data)
        change(document)
        return json.dumps(document)

    return changer


def target(name):
    def change(document):
        document["graph_module"]["graph"]["nodes"][0]["target"] = name

    return with_json("models/model.json", change)


def pickled(document):
    first = next(iter(document["config"].values()))
    first["use_pickle"] = True


if __name__ == "__main__":
    folder, marker = Path(sys.argv[1]), sys.argv[2]
    torch.manual_seed(0)
    net = Net().eval()
    with torch.no_grad():
        for name, values in net.named_buffers():
            if "running" in name:
                values.copy_(torch.rand(values.shape) + 0.5)
    x = torch.randn(1, 3, 8, 8)
    whole = folder / "net.pt2"
    program = torch.export.export(net, (x,))
    torch.export.save(program, whole)
    np.savez(folder / "net.npz", x=x.numpy(), y=program.module()(x).detach().numpy())
    rows = torch.export.Dim("rows", min=4, max=64)
    sized = torch.export.export(Sized().eval(), (x,), dynamic_shapes={"x": {2: rows}})
    torch.export.save(sized, folder / "sized.pt2")
    torch.export.save(torch.export.export(Part().eval(), (x,)), folder / "part.pt2")
    harm = pickle.dumps(Touch(marker))
    stored = io.BytesIO()
    torch.save(Touch(marker), stored)
    changed(whole, "samples.pt2", lambda m, d: stored.getvalue() if "sample_inputs" in m else d)
    changed(whole, "weights.pt2", with_json("model_weights_config.json", pickled))
    changed(
        folder / "weights.pt2",
        "pickle.pt2",
        lambda m, d: harm if m.endswith("weights/weight_0") else d,
    )
    for name in HARMFUL:
        changed(whole, f"{name}.pt2", target(f"torch.ops.{name}"))
    changed(whole, "system.pt2", target("os.system"))
    changed(whole, "dunder.pt2", target("torch.ops.aten.__class__.mro"))
    expression = f"open({marker!r}, 'w')"
    changed(
        folder / "sized.pt2",
        "expression.pt2",
        lambda m, d: (
            d.replace(b'"expr_str": "s', f'"expr_str": "{expression} + s'.encode())
            if m.endswith("model.json")
            else d
        ),
    )
