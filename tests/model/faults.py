"""Write ports of small nets, each with one fault: ``python -m tests.model.faults FOLDER [-]``.

Of each net NET.keras, of each port NET.FAULT.keras or NET.FAULT.KIND.tflite, and faults.json,
which says of each port where its fault is. ``-`` reads which: lines of NET FAULT FORMAT...
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers as kl

from tests.model import nets


def leaky():
    """A U-net whose activations let through a part of what is below zero."""
    inputs = keras.Input((16, 16, 3), batch_size=1)
    x = kl.LeakyReLU(0.1)(nets.same(6)(inputs))
    x = kl.LeakyReLU(0.1)(nets.same(8)(kl.MaxPooling2D(2)(x)))
    x = kl.UpSampling2D(2)(x)
    x = kl.Concatenate()([nets.same(4)(x), nets.same(4, 1)(x)])
    return keras.Model(inputs, kl.Softmax()(kl.Conv2D(4, 1)(x)))


def wide():
    """The U-net with kernels of 1,024 numbers and more: of smaller ones none becomes int8."""
    return nets.unet(4)


NETS = (
    *(nets.resnet, nets.mobilenet, nets.unet, nets.inception, nets.grouped, nets.line, nets.shared),
    leaky,
    wide,
)


class Resized(kl.Layer):
    """Bilinear, corners on corners."""

    def call(self, x):
        size = [2 * n for n in x.shape[1:3]]
        return tf.compat.v1.image.resize_bilinear(x, size, align_corners=True)


class Dropped(kl.Layer):
    """Dropout as in training, of always the same values, which every converter can write."""

    def call(self, x):
        kept = np.random.default_rng(7).random(x.shape) >= 0.25
        return x * tf.constant(kept / 0.75, tf.float32)


@dataclass(frozen=True)
class Fault:
    """What is done to the first layer that it fits."""

    names: tuple[str, ...]
    """Causes, any of which is right."""
    fits: Callable[[object], bool]
    instead: Callable[[object], object] = lambda layer: type(layer).from_config(layer.get_config())
    """The layer in its place."""
    after: Callable[[object], object] | None = None
    """Applied to its output."""
    before: Callable[[object], object] | None = None
    """Applied to its inputs."""
    weights: Callable[[list], list] = lambda found: found
    kept: int | None = None
    """Which of its inputs stands in place of its output; None: none does."""
    in_pair: bool = False
    """Whether the convolution itself computes something else."""
    saved: bool = True
    """Whether Keras can save it without code of ours."""


def configured(**options):
    return lambda layer: type(layer).from_config({**layer.get_config(), **options})


def of(*kinds, **wanted):
    return lambda layer: (
        type(layer) in kinds
        and all(layer.get_config().get(key) == value for key, value in wanted.items())
    )


def activation(word):
    return lambda layer: (
        layer.get_config().get("activation") == word or (word == "relu" and type(layer) is kl.ReLU)
    )


def with_activation(word):
    def instead(layer):
        if type(layer) is kl.ReLU:
            return kl.Activation(word, name=layer.name)
        return configured(activation=word)(layer)

    return instead


def first_input(layer):
    return isinstance(layer, kl.InputLayer)


def wide(x):
    return len(x.shape) == 4


CONV, NORM = (kl.Conv1D, kl.Conv2D), kl.BatchNormalization
POOL = of(kl.MaxPooling2D, padding="same")


def padded_pool(layer):
    """Padded by one on each side, as PyTorch's MaxPool2d(3, 2, 1) does."""
    options = {**layer.get_config(), "padding": "valid"}
    return kl.MaxPooling2D.from_config(options)


def averaged(layer):
    options = layer.get_config()
    keys = ("pool_size", "strides", "padding", "name")
    return kl.AveragePooling2D(**{key: options[key] for key in keys})


def reordered(found):
    """A depthwise kernel whose outputs are stored the other way round."""
    kernel, *rest = found
    h, w, c, m = kernel.shape
    return [kernel.reshape(h, w, m, c).swapaxes(2, 3), *rest]


def shifted_crop(layer):
    """The transposed convolution whole, cropped on the other side."""
    return configured(padding="valid")(layer)


FAULTS = {
    "padding-side": Fault(
        ("same-padding-side", "spatial-shift"),
        lambda one: (
            type(one) is kl.Conv2D
            and one.padding == "same"
            and one.strides == (2, 2)
            and one.kernel_size == (3, 3)
        ),
        configured(padding="valid"),
        before=lambda x: kl.ZeroPadding2D(((1, 0), (1, 0)))(x),
        in_pair=True,
    ),
    "epsilon": Fault(("batch-norm-epsilon",), of(NORM), configured(epsilon=1e-5)),
    "statistics": Fault(
        ("batch-norm-statistics",),
        of(NORM),
        weights=lambda w: [w[0], w[1], w[2] * 0, w[3] * 0 + 1],
    ),
    "bias": Fault(
        ("missing-bias",),
        lambda one: type(one) in CONV and one.use_bias,
        weights=lambda w: [w[0], w[1] * 0],
        in_pair=True,
    ),
    "depthwise": Fault(
        ("depthwise-order",),
        of(kl.DepthwiseConv2D, depth_multiplier=2),
        weights=reordered,
        in_pair=True,
    ),
    "crop": Fault(
        ("transpose-crop",),
        of(kl.Conv2DTranspose),
        shifted_crop,
        after=lambda y: kl.Cropping2D(((1, 0), (1, 0)))(y),
        in_pair=True,
    ),
    "flip": Fault(
        ("kernel-flip",),
        lambda one: type(one) is kl.Conv2D and one.kernel_size[0] == 3 and one.groups == 1,
        weights=lambda w: [w[0][::-1, ::-1], *w[1:]],
        in_pair=True,
    ),
    "turned-kernel": Fault(
        ("kernel-transpose",),
        lambda one: type(one) is kl.Conv2D and one.kernel_size[0] == 3 and one.groups == 1,
        weights=lambda w: [w[0].swapaxes(0, 1), *w[1:]],
        in_pair=True,
    ),
    "turned-input": Fault(
        ("spatial-transpose",),
        first_input,
        after=lambda y: kl.Permute((2, 1, 3))(y) if wide(y) else y,
    ),
    "bgr": Fault(("channel-order",), first_input, after=lambda y: y[..., ::-1]),
    "normalization": Fault(
        ("input-normalization",),
        first_input,
        after=lambda y: kl.Rescaling(1 / 127.5, offset=-1)(y),
    ),
    "relu-relu6": Fault(("clipped",), activation("relu"), with_activation("relu6")),
    "relu6-relu": Fault(("clipped",), activation("relu6"), with_activation("relu")),
    "no-relu": Fault(("activation",), activation("relu"), with_activation("linear")),
    "slope": Fault(("leaky-slope",), of(kl.LeakyReLU), lambda one: kl.LeakyReLU(0.3)),
    "upsampling": Fault(
        ("upsampling-mode",),
        of(kl.UpSampling2D, interpolation="bilinear"),
        configured(interpolation="nearest"),
    ),
    "upsampling-back": Fault(
        ("upsampling-mode",),
        of(kl.UpSampling2D, interpolation="nearest"),
        configured(interpolation="bilinear"),
    ),
    "align-corners": Fault(
        ("align-corners",),
        of(kl.UpSampling2D, interpolation="bilinear"),
        lambda one: Resized(name=one.name),
        saved=False,
    ),
    "pool-padding": Fault(
        ("pool-padding",),
        lambda one: POOL(one) and one.strides == (2, 2),
        padded_pool,
        before=lambda x: kl.ZeroPadding2D(1)(x),
    ),
    "pool-mode": Fault(("pool-mode",), lambda one: type(one) is kl.MaxPooling2D, averaged),
    "global-pool": Fault(
        ("pool-mode",),
        of(kl.GlobalAveragePooling2D),
        lambda one: kl.GlobalMaxPooling2D(name=one.name),
    ),
    "flatten": Fault(("flatten-order",), of(kl.Flatten), before=lambda x: kl.Permute((3, 1, 2))(x)),
    "concat": Fault(("concat-order",), of(kl.Concatenate), before=lambda xs: xs[::-1]),
    "dropout": Fault(
        ("dropout-active",),
        activation("relu"),
        after=lambda y: Dropped()(y),
        saved=False,
    ),
    "skip": Fault(("layer-left-out",), of(kl.Add), kept=1),
    "no-norm": Fault(("layer-left-out",), of(NORM), kept=0),
    "no-pool": Fault(
        ("layer-left-out",),
        lambda one: type(one) is kl.MaxPooling2D and one.strides == (1, 1),
        kept=0,
    ),
}
"""Those that ports are known for."""

OTHERS = {
    "skip-scale": Fault(
        ("output-scale", "summand-scale", "kernel-scale"),  # converters may fold it
        of(kl.Add),
        before=lambda xs: [xs[0], kl.Rescaling(1.01)(xs[1])],
    ),
    "shuffle": Fault(
        ("channel-shuffle",),
        lambda one: activation("relu")(one) and wide(one.output),
        after=lambda y: kl.Reshape(y.shape[1:])(
            kl.Permute((1, 2, 4, 3))(kl.Reshape((*y.shape[1:-1], 2, y.shape[-1] // 2))(y))
        ),
    ),
    "softmax": Fault(
        ("softmax-axis",), of(kl.Softmax), lambda one: kl.Softmax(axis=1, name=one.name)
    ),
    "nan": Fault(
        ("layer-left-out",),
        activation("relu"),
        after=lambda y: keras.ops.sqrt(y - keras.ops.max(y) / 2),
    ),
}
"""Others, with which the naming is attacked."""


@dataclass
class Port:
    """A faulty port of a net."""

    net: str
    fault: str
    layers: list[str]
    """The layers that they are in."""
    visible: float
    """Largest difference of the outputs, relative to the largest output."""
    names: list[tuple[str, ...]]
    """Of each fault, the causes any of which is right."""
    in_pair: list[bool]
    files: list[str] = field(default_factory=list)


def port(model, faults):
    """(a copy of a model with these faults, names of the layers that they are in); None: none."""
    chosen = {}
    for fault in faults:
        fitting = [one for one in model.layers if fault.fits(one) and one.name not in chosen]
        if not fitting:
            return None
        chosen[fitting[0].name] = fault

    def clone(layer):
        fault = chosen.get(layer.name)
        if fault is None or isinstance(layer, kl.InputLayer):
            return type(layer).from_config(layer.get_config())
        return fault.instead(layer)

    def call(layer, *inputs, **options):
        fault = chosen.get(layer.name)
        if fault is None:
            return layer(*inputs, **options)
        given = inputs[0]
        if fault.kept is not None:
            return given[fault.kept] if isinstance(given, list) else given
        y = layer(given if fault.before is None else fault.before(given), **options)
        return y if fault.after is None else fault.after(y)

    copy = keras.models.clone_model(model, clone_function=clone, call_function=call)
    own = {layer.name: layer for layer in copy.layers}
    for layer in model.layers:
        found, fault = layer.get_weights(), chosen.get(layer.name)
        target = own.get(layer.name)
        if found and target is not None:
            target.set_weights(fault.weights(found) if fault else found)
    if any(fault.fits is first_input for fault in chosen.values()):
        fed = keras.Input(model.input_shape[1:], batch_size=model.input_shape[0])
        (fault,) = (one for one in chosen.values() if one.fits is first_input)
        copy = keras.Model(fed, copy(fault.after(fed)))
    return copy, list(chosen)


def write(folder, chosen=None):
    """Write the nets and their ports; ``chosen`` says which of them, and in which formats.

    ``chosen`` is {(net, fault): formats}, a format ``keras`` or a kind of .tflite; several faults
    are joined by ``+``. None: all nets, each with every fault that it can have.
    """
    ports = []
    for make in NETS:
        net = make.__name__
        if chosen is not None and net not in {name for name, _ in chosen}:
            continue
        base = nets.build(make)
        base.save(folder / f"{net}.keras")
        x = np.random.default_rng(1).normal(size=base.input_shape).astype(np.float32)
        right = np.asarray(base(x))
        for words in [f for n, f in chosen if n == net] if chosen else [*FAULTS, *OTHERS]:
            faults = [(FAULTS | OTHERS)[word] for word in words.split("+")]
            made = port(base, faults)
            if made is None:
                continue
            copy, layers = made
            wrong = np.asarray(copy(x))
            alike = wrong.shape == right.shape
            gap = float(np.abs(wrong - right).max() / np.abs(right).max()) if alike else np.inf
            one = Port(
                net,
                words,
                layers,
                gap,
                [fault.names for fault in faults],
                [fault.in_pair for fault in faults],
            )
            for kind in chosen[net, words] if chosen else ("keras",):
                if kind == "keras" and all(fault.saved for fault in faults):
                    one.files.append(f"{net}.{words}.keras")
                    copy.save(folder / one.files[-1])
                else:
                    kind = "float32" if kind == "keras" else kind
                    one.files.append(f"{net}.{words}.{kind}.tflite")
                    (folder / one.files[-1]).write_bytes(nets.tflite(copy, kind))
            ports.append(one)
            (folder / "faults.json").write_text(
                json.dumps([asdict(one) for one in ports], indent=1)
            )
    return ports


if __name__ == "__main__":
    wanted = [line.split() for line in sys.stdin] if sys.argv[2:] == ["-"] else None
    write(
        Path(sys.argv[1]),
        None if wanted is None else {(net, words): kinds for net, words, *kinds in wanted},
    )
