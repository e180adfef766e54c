"""The nets of ``nets.py`` as one ports them to PyTorch by hand, with the same weights.

Each function returns a module and an example of its input, as ``python:MODULE:FUNCTION`` takes
them; the weights are read from the folder NETS, where ``nets.py`` wrote NAME.npz.
``python -m tests.model.torch_nets FOLDER`` writes NAME.pt2 of each, and NAME.torch.onnx where
PyTorch's exporter is installed.
"""

import logging
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  its usual name

from tests.model.formats import PORTED


def conv(inputs, outputs, size, kind=nn.Conv2d, **options):
    return kind(inputs, outputs, size, **options)


class Normed(nn.Sequential):
    """A convolution and its batch norm, with Keras's epsilon."""

    def __init__(self, convolution, norm=nn.BatchNorm2d):
        super().__init__(convolution, norm(convolution.out_channels, eps=1e-3))


class Resnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Normed(conv(3, 8, 7, stride=2, padding=3))
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.layer1 = nn.ModuleList([Normed(conv(8, 8, 3, padding=1, bias=False))])
        self.layer1.append(Normed(conv(8, 8, 3, padding=1)))
        self.layer2 = nn.ModuleList([Normed(conv(8, 16, 3, stride=2, bias=False))])
        self.layer2.append(Normed(conv(16, 16, 3, padding=1)))
        self.downsample = conv(8, 16, 1, stride=2)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.stem(x)))
        x = F.relu_(x + self.layer1[1](F.relu(self.layer1[0](x), inplace=True)))
        y = self.layer2[0](F.pad(x, (0, 1, 0, 1)))
        x = F.relu(self.downsample(x) + self.layer2[1](F.relu(y)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1)).softmax(1)


class Mobilenet(nn.Sequential):
    def __init__(self):
        layers = [nn.ZeroPad2d((0, 1, 0, 1)), Normed(conv(3, 8, 3, stride=2, bias=False))]
        layers.append(nn.ReLU6())
        inputs = 8
        for filters, stride in ((16, 1), (16, 2), (16, 1)):
            padding = 1 if stride == 1 else 0
            layers += [] if padding else [nn.ZeroPad2d((0, 1, 0, 1))]
            options = {"stride": stride, "padding": padding, "groups": inputs, "bias": False}
            layers += [Normed(conv(inputs, inputs, 3, **options)), nn.ReLU6(inplace=True)]
            layers += [Normed(conv(inputs, filters, 1, bias=False)), nn.Hardtanh(0, 6)]
            inputs = filters
        super().__init__(*layers, nn.Flatten(), nn.Linear(6 * 6 * 16, 7))


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fine, self.middle = conv(3, 6, 3, padding=1), conv(6, 8, 3, padding="same")
        self.coarse = conv(8, 10, 3, padding=2, dilation=2)
        self.up = nn.ConvTranspose2d(10, 8, 3, stride=2)
        self.join, self.mask = conv(16, 8, 3, padding=1), conv(14, 2, 1)
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)

    def forward(self, x):
        fine = F.relu(self.fine(x))
        middle = F.relu(self.middle(F.max_pool2d(fine, 2)))
        coarse = F.relu(self.coarse(F.avg_pool2d(middle, 2)))
        up = self.up(coarse)[:, :, :-1, :-1]
        x = F.relu(self.join(torch.cat([up, middle], 1)))
        return self.mask(torch.cat([self.upsample(x), fine], 1))


class Branches(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.one = conv(inputs, 4, 1)
        self.wide = conv(4, 4, (1, 5), padding="same")
        self.tall = conv(inputs, 4, (5, 1), padding=(2, 0))
        self.three = conv(inputs, 4, 1)

    def forward(self, x):
        two = F.relu(self.wide(self.tall(x)))
        three = self.three(F.max_pool2d(x, 3, 1, padding=1))
        return torch.cat([F.relu(self.one(x)), two, three], 1)


class Inception(nn.Sequential):
    def __init__(self):
        first = [conv(3, 8, 3, padding=1), nn.ReLU(), Branches(8), Branches(12)]
        super().__init__(*first, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())


class Grouped(nn.Sequential):
    def __init__(self):
        layers = [conv(8, 8, 3, padding=1, groups=2), nn.ReLU(), conv(8, 16, 3, groups=8)]
        super().__init__(*layers, conv(16, 8, 3, groups=4))


class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.causal = conv(4, 6, 5, nn.Conv1d, dilation=2)
        self.strided = Normed(conv(6, 6, 3, nn.Conv1d, stride=2), nn.BatchNorm1d)
        self.dilated, self.head = conv(6, 8, 3, nn.Conv1d, dilation=3), nn.Linear(8, 3)

    def forward(self, x):
        x = F.relu(self.causal(F.pad(x, (8, 0))))
        x = self.dilated(F.relu(self.strided(F.pad(x, (0, 1)))))
        return self.head(F.adaptive_max_pool1d(x, 1)[..., 0])


class Volume(nn.Sequential):
    def __init__(self):
        first = conv(2, 4, 3, nn.Conv3d, padding=1)
        super().__init__(first, nn.ReLU(), conv(4, 6, 3, nn.Conv3d, stride=(1, 2, 1)))


class Twins(nn.Module):
    def __init__(self):
        super().__init__()
        self.equal = nn.ModuleList(conv(4, 4, 3, padding=1) for _ in range(4))
        self.beside = conv(4, 4, 3, padding=1)

    def forward(self, x):
        y = x
        for layer in self.equal:
            y = layer(y).relu_()
        return y + self.beside(x)


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = conv(4, 4, 3, padding=1), conv(4, 4, 3, padding=1)

    def forward(self, x):
        x = torch.tanh(self.body(torch.tanh(self.body(x))))
        y = F.max_pool2d(torch.tanh(self.body(x)), 3, 1, 1)
        return torch.cat([self.head(y), self.head(x)], 1)


NETS = (Resnet, Mobilenet, Unet, Inception, Grouped, Line, Volume, Twins, Shared)


def in_keras_order(module):
    """(kind of Keras, layer) in the order in which ``nets.py`` made the layers of each kind."""
    for one in module.modules():
        if isinstance(one, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            name = f"conv{one.weight.ndim - 2}d"
            yield ("depthwise_conv2d" if 1 < one.groups == one.in_channels else name), one
        elif isinstance(one, nn.ConvTranspose2d):
            yield "conv2d_transpose", one
        elif isinstance(one, nn.Linear):
            yield "dense", one
        elif isinstance(one, nn.modules.batchnorm._BatchNorm):
            yield "batch_normalization", one


def as_torch_has_it(kernel, kind, module):
    if kind == "dense":
        if isinstance(module, Mobilenet):  # Keras flattens channels last
            kernel = kernel.reshape(6, 6, 16, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
        return kernel.T
    if kind == "depthwise_conv2d":
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    return np.moveaxis(kernel, (-1, -2), (0, 1))


def built(make):
    """(the module in eval mode with the weights of Keras's net, an example of its input)."""
    folder = Path(os.environ["NETS"])
    module, name = make().eval(), make.__name__.lower()
    weights = np.load(folder / f"{name}.npz")
    counts = {}
    with torch.no_grad():
        for kind, layer in in_keras_order(module):
            place = counts[kind] = counts.get(kind, -1) + 1
            names = ["weight", "bias", "running_mean", "running_var"]
            for i, field in enumerate(names):
                key = f"{kind}.{place}.{i}"
                if key in weights:
                    value = weights[key]
                    value = as_torch_has_it(value, kind, module) if value.ndim > 1 else value
                    getattr(layer, field).copy_(torch.from_numpy(value.copy()))
    x = np.load(folder / f"{name}.npy")
    return module, torch.from_numpy(np.moveaxis(x, -1, 1).copy())


def resnet():
    return built(Resnet)


def mobilenet():
    return built(Mobilenet)


def unet():
    return built(Unet)


def inception():
    return built(Inception)


def grouped():
    return built(Grouped)


def line():
    return built(Line)


def volume():
    return built(Volume)


def twins():
    return built(Twins)


def shared():
    return built(Shared)


if __name__ == "__main__":
    os.environ["NETS"] = sys.argv[1]
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for make in NETS:
        module, x = built(make)
        path = Path(sys.argv[1]) / make.__name__.lower()
        torch.export.save(torch.export.export(module, (x,)), f"{path}.pt2")
        if "torch.onnx" in PORTED:
            torch.onnx.export(module, (x,), f"{path}.torch.onnx", dynamo=True, verbose=False)
