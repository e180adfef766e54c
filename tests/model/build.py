"""Write small models into a folder: ``python build.py FOLDER [large]``. Imports Keras."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import parts
from keras import layers as kl


def plain():
    """Every kind of rank 2."""
    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            kl.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="conv"),
            kl.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise"),
            kl.SeparableConv2D(8, 3, padding="same", dilation_rate=2, name="separable"),
            kl.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu", name="up"),
            kl.Conv2DTranspose(4, 2, strides=3, name="up_wide"),
            kl.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=0, name="up_cut"),
            kl.Conv2D(4, 3, groups=2, activation=kl.PReLU(), name="grouped"),
        ]
    )


def other_ranks():
    line, cube = keras.Input((20, 3), name="line"), keras.Input((6, 7, 8, 2), name="cube")
    x = kl.Conv1D(4, 3, padding="causal", dilation_rate=2, name="causal")(line)
    x = kl.DepthwiseConv1D(3, name="depthwise")(x)
    x = kl.SeparableConv1D(4, 3, strides=2, padding="same", name="separable")(x)
    x = kl.Conv1DTranspose(2, 3, strides=2, padding="same", name="up")(x)
    y = kl.Conv3D(4, 3, strides=(1, 2, 1), padding="same", activation="tanh", name="conv")(cube)
    y = kl.Conv3DTranspose(2, 2, strides=2, name="up3")(y)
    return keras.Model([line, cube], [x, y])


def nested():
    """Nested, shared and subclassed parts, and some that nothing can be seen of."""
    inside = keras.Sequential(
        [keras.Input((None, None, 4)), kl.Conv2D(4, 3, padding="same", name="conv")], name="inside"
    )
    outside = keras.Sequential([keras.Input((None, None, 4)), inside], name="outside")
    shared = kl.Conv2D(4, 1, name="shared")
    inputs = keras.Input((12, 12, 3))
    x = parts.Block(4, name="block")(inputs)
    x = outside(x)
    x = shared(shared(x))
    x = parts.Standardized(4, 3, padding="same", bias_initializer="ones", name="standard")(x)
    x = parts.Doubled(4, 3, padding="same", bias_initializer="ones", name="doubled")(x)
    x = parts.Reflecting(4, 3, padding="same", name="reflecting")(x)
    x = parts.Compiled(name="compiled")(x)
    frames = kl.Reshape((2, 6, 12, 4))(x)
    frames = kl.TimeDistributed(kl.Conv2D(2, 3, name="each"), name="frames")(frames)
    frames = kl.ConvLSTM2D(2, 3, name="recurrent")(frames)
    return keras.Model(inputs, frames)


def unet(filters=4, levels=2, size=16):
    inputs = x = keras.Input((size, size, 3))
    skips = []
    for level in range(levels):
        for half in "ab":
            x = kl.Conv2D(
                filters << level, 3, padding="same", activation="relu", name=f"down{level}{half}"
            )(x)
        skips.append(x)
        x = kl.MaxPooling2D()(x)
    x = kl.Conv2D(filters << levels, 3, padding="same", activation="relu", name="middle")(x)
    for level in reversed(range(levels)):
        x = kl.Conv2DTranspose(
            filters << level, 3 if level else 2, strides=2, padding="same", name=f"up{level}"
        )(x)
        x = kl.Concatenate()([x, skips[level]])
        x = kl.Conv2D(filters << level, 3, padding="same", name=f"join{level}")(x)
    return keras.Model(inputs, kl.Conv2D(1, 1, activation="sigmoid", name="mask")(x))


def mixed():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = keras.Sequential(
        [
            keras.Input((24, 24, 8)),
            kl.Conv2D(16, 3, padding="same", bias_initializer="normal", name="conv"),
            kl.DepthwiseConv2D(7, bias_initializer="normal", name="depthwise"),
            kl.Conv2DTranspose(8, 5, strides=2, padding="same", name="up"),
        ]
    )
    keras.mixed_precision.set_global_policy("float32")
    return model


def planted():
    """Two layers for an implementation to get wrong, between two that it gets right."""
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            kl.Conv2D(8, 3, padding="same", name="before"),
            kl.Conv2D(8, 3, padding="same", name="turned"),
            kl.Conv2D(6, 4, strides=2, padding="same", name="shifted"),
            kl.Conv2D(5, 3, padding="same", name="after"),
        ]
    )


def subclassed():
    model = parts.Net()
    model(np.zeros((1, 8, 8, 3), np.float32))
    return model


def with_lambda():
    return keras.Sequential(
        [keras.Input((8, 8, 3)), kl.Lambda(lambda x: x * 2), kl.Conv2D(2, 3, name="conv")]
    )


def tokens():
    inputs = keras.Input((12,), dtype="int32")
    x = kl.Embedding(5, 4)(inputs)
    return keras.Model(inputs, kl.Conv1D(2, 3, name="conv")(x))


def first():
    """Channels first."""
    return keras.Sequential(
        [
            keras.Input((3, 10, 12)),
            kl.DepthwiseConv2D(3, data_format="channels_first", name="depthwise"),
        ]
    )


def no_convolution():
    return keras.Sequential([keras.Input((3,)), kl.Dense(2)])


def main():
    folder = Path(sys.argv[1])
    keras.utils.set_random_seed(0)
    if sys.argv[2:] == ["large"]:
        for name in ("ResNet50", "MobileNetV2", "EfficientNetB0"):
            model = getattr(keras.applications, name)(weights=None)
            for suffix in (".keras", ".h5"):
                model.save(folder / (name + suffix))
        unet(8, 4, 128).save(folder / "unet.keras")
        return
    for make in (
        *(plain, other_ranks, nested, unet, mixed, planted, subclassed),
        *(with_lambda, tokens, first, no_convolution),
    ):
        model = make()
        model.save(folder / f"{make.__name__}.keras")
        if make is not subclassed:
            model.save(folder / f"{make.__name__}.h5")
    keras.Sequential([keras.Input((8, 8, 3)), kl.Conv2D(2, 3)]).save_weights(
        folder / "weights.weights.h5"
    )
    whole = {suffix: (folder / f"plain{suffix}").read_bytes() for suffix in (".keras", ".h5")}
    for suffix, data in whole.items():
        (folder / f"cut{suffix}").write_bytes(data[: len(data) // 2])
        (folder / f"text{suffix}").write_text("a model\n")
    # Broken inside: the archive is whole, what it holds is not.
    (folder / "hollow.keras").write_bytes(whole[".keras"].replace(b"config.json", b"konfig.json"))
    newer(folder)


def newer(folder):
    """Files of a Keras to come, whose layers have a setting that nobody knows yet."""

    def changed(config):
        return config.replace('"filters":', '"unheard_of": 1, "filters":')

    with (
        zipfile.ZipFile(folder / "plain.keras") as old,
        zipfile.ZipFile(folder / "newer.keras", "w") as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                data = changed(data.decode())
            if name == "metadata.json":
                data = json.dumps({**json.loads(data), "keras_version": "99.0.0"})
            new.writestr(name, data)
    shutil.copy(folder / "plain.h5", folder / "newer.h5")
    with h5py.File(folder / "newer.h5", "a") as file:
        file.attrs["model_config"] = changed(file.attrs["model_config"])
        file.attrs["keras_version"] = "99.0.0"


if __name__ == "__main__":
    main()
