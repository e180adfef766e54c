"""What a user would write instead of ``convcheck model``: the yardstick for its speed.

Loads the model, runs the input once, and runs each convolution layer again through the layer and
through TensorFlow's functional call on what reached it. ``script_for_model.py MODEL IMAGE``
"""

import sys

import keras
import numpy as np
import tensorflow as tf
from PIL import Image


def main():
    model = keras.saving.load_model(sys.argv[1], compile=False)
    _, height, width, _ = model.input_shape
    image = Image.open(sys.argv[2]).convert("RGB").resize((width, height))
    batch = np.asarray(image, np.float32)[None] / 255
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    reaching = keras.Model(model.inputs, [layer.input for layer in layers])
    for layer, x in zip(layers, reaching(batch, training=False), strict=True):
        layer.activation = None
        own = layer(x).numpy()
        other = tf.nn.conv2d(x, layer.kernel, layer.strides, layer.padding.upper())
        if layer.bias is not None:
            other = other + layer.bias
        gap = np.abs(own - other.numpy())
        print(f"{layer.name:24} {gap.max():.3g} {np.allclose(own, other)}")


if __name__ == "__main__":
    main()
