"""Write small nets in the formats that TensorFlow writes: ``python nets.py FOLDER``.

Of each net NAME.keras, NAME.saved (a SavedModel), some of NAME.KIND.tflite, an input NAME.npy, its
weights NAME.npz, and where tf2onnx is installed NAME.onnx.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers as kl

from tests.model.formats import KINDS, ONNX


def same(filters, size=3, **options):
    return kl.Conv2D(filters, size, padding="same", **options)


def normed(x, activation="relu"):
    return kl.Activation(activation)(kl.BatchNormalization()(x))


def resnet():
    inputs = keras.Input((24, 24, 3), batch_size=1)
    x = normed(kl.Conv2D(8, 7, strides=2)(kl.ZeroPadding2D(3)(inputs)))
    x = kl.MaxPooling2D(3, 2, padding="same")(x)
    for filters, strides in ((8, 1), (16, 2)):
        y = normed(same(filters, strides=strides, use_bias=False)(x))
        y = kl.BatchNormalization()(same(filters)(y))
        x = kl.Conv2D(filters, 1, strides=strides)(x) if strides > 1 else x
        x = kl.ReLU()(kl.Add()([x, y]))
    return keras.Model(inputs, kl.Dense(10, activation="softmax")(kl.GlobalAveragePooling2D()(x)))


def mobilenet():
    inputs = keras.Input((24, 24, 3), batch_size=1)
    x = normed(same(8, strides=2, use_bias=False)(inputs), "relu6")
    for filters, strides in ((16, 1), (16, 2), (16, 1)):
        x = kl.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
        x = normed(kl.Conv2D(filters, 1, use_bias=False)(normed(x, "relu6")), "relu6")
    return keras.Model(inputs, kl.Dense(7)(kl.Flatten()(x)))


def unet(times=1):
    inputs = keras.Input((16, 16, 3), batch_size=1)
    fine = same(6 * times, activation="relu")(inputs)
    middle = same(8 * times, activation="relu")(kl.MaxPooling2D(2)(fine))
    coarse = same(10 * times, dilation_rate=2, activation="relu")(kl.AveragePooling2D(2)(middle))
    up = kl.Conv2DTranspose(8 * times, 3, strides=2, padding="same")(coarse)
    x = same(8 * times, activation="relu")(kl.Concatenate()([up, middle]))
    x = kl.Concatenate()([kl.UpSampling2D(2, interpolation="bilinear")(x), fine])
    return keras.Model(inputs, kl.Conv2D(2, 1)(x))


def inception():
    inputs = keras.Input((16, 16, 3), batch_size=1)
    x = same(8, activation="relu")(inputs)
    for _ in range(2):
        one = kl.Conv2D(4, 1, activation="relu")(x)
        two = same(4, (1, 5), activation="relu")(same(4, (5, 1))(x))
        three = kl.Conv2D(4, 1)(kl.MaxPooling2D(3, 1, padding="same")(x))
        x = kl.Concatenate()([one, two, three])
    return keras.Model(inputs, kl.GlobalAveragePooling2D()(x))


def grouped():
    inputs = keras.Input((12, 12, 8), batch_size=1)
    x = kl.DepthwiseConv2D(3, depth_multiplier=2)(same(8, groups=2, activation="relu")(inputs))
    return keras.Model(inputs, kl.Conv2D(8, 3, groups=4)(x))


def line():
    inputs = keras.Input((40, 4), batch_size=1)
    x = kl.Conv1D(6, 5, padding="causal", dilation_rate=2, activation="relu")(inputs)
    x = normed(kl.Conv1D(6, 3, strides=2, padding="same")(x))
    x = kl.Conv1D(8, 3, dilation_rate=3)(x)
    return keras.Model(inputs, kl.Dense(3)(kl.GlobalMaxPooling1D()(x)))


def volume():
    inputs = keras.Input((8, 8, 8, 2), batch_size=1)
    x = kl.Conv3D(4, 3, padding="same", activation="relu")(inputs)
    return keras.Model(inputs, kl.Conv3D(6, 3, strides=(1, 2, 1))(x))


def twins():
    """Four layers of equal weights in a row, and another beside them."""
    inputs = x = keras.Input((16, 16, 4), batch_size=1)
    equal = [same(4, activation="relu") for _ in range(4)]
    for layer in equal:
        x = layer(x)
    model = keras.Model(inputs, kl.Add()([x, same(4)(inputs)]))
    for layer in equal[1:]:
        layer.set_weights(equal[0].get_weights())
    return model


def shared():
    """One layer called three times, another called twice."""
    inputs = keras.Input((16, 16, 4), batch_size=1)
    body, head = same(4, activation="tanh"), same(4)
    x = body(body(inputs))
    y = kl.MaxPooling2D(3, 1, padding="same")(body(x))
    return keras.Model(inputs, kl.Concatenate()([head(y), head(x)]))


NETS = (resnet, mobilenet, unet, inception, grouped, line, volume, twins, shared)


def build(make):
    keras.utils.set_random_seed(3)
    model, rng = make(), np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, kl.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, w.shape) for w in layer.get_weights()])
        elif getattr(layer, "bias", None) is not None and make is not twins:
            layer.bias.assign(rng.normal(size=layer.bias.shape) / 10)
    return model


def weights(model):
    """Weights by ``KIND.PLACE.NUMBER``: the place in the order in which its layers were made."""
    found, kinds = {}, {}
    for layer in model.layers:
        kind, _, number = layer.name.rpartition("_")
        kind, number = (kind, int(number)) if number.isdecimal() else (layer.name, 0)
        kinds.setdefault(kind, []).append((number, layer.get_weights()))
    for kind, layers in kinds.items():
        for place, (_, values) in enumerate(sorted(layers, key=lambda one: one[0])):
            found |= {f"{kind}.{place}.{i}": value for i, value in enumerate(values)}
    return found


def tflite(model, kind):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        rng = np.random.default_rng(2)
        inputs = [rng.normal(size=model.input_shape).astype(np.float32) for _ in range(20)]
        converter.representative_dataset = lambda: ([x] for x in inputs)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return converter.convert()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for make in NETS:
        model, path = build(make), folder / make.__name__
        model.save(f"{path}.keras")
        model.export(f"{path}.saved", format="tf_saved_model", verbose=0)
        x = np.random.default_rng(1).normal(size=model.input_shape).astype(np.float32)
        np.save(f"{path}.npy", x)
        np.savez(f"{path}.npz", **weights(model))
        for kind in KINDS[make.__name__]:
            Path(f"{path}.{kind}.tflite").write_bytes(tflite(model, kind))
        if make.__name__ in ONNX:
            model.export(f"{path}.onnx", format="onnx", verbose=0)
