"""Classes of a user's own, as a user writes them: subclassed layers and models."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable("parts")
class Standardized(layers.Conv2D):
    """Weight standardization: the kernel that reaches the convolution is not the layer's."""

    def convolution_op(self, inputs, kernel):
        mean, variance = keras.ops.moments(kernel, axes=(0, 1, 2), keepdims=True)
        return super().convolution_op(inputs, (kernel - mean) / keras.ops.sqrt(variance + 1e-5))


@keras.saving.register_keras_serializable("parts")
class Doubled(layers.Conv2D):
    """Does something around Keras's own call."""

    def call(self, inputs):
        return 2 * super().call(inputs + 1)


@keras.saving.register_keras_serializable("parts")
class Reflecting(layers.Conv2D):
    """Computes in its own way, and not what its configuration says."""

    def convolution_op(self, inputs, kernel):
        padded = keras.ops.pad(inputs, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect")
        return keras.ops.conv(padded, kernel, padding="valid")


@keras.saving.register_keras_serializable("parts")
class Block(layers.Layer):
    """Two convolutions and one that no input comes past."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.first = layers.Conv2D(filters, 3, padding="same", activation="relu", name="first")
        self.more = [layers.DepthwiseConv2D(3, padding="same", name="second")]
        self.idle = layers.Conv2D(filters, 1, name="idle")

    def build(self, shape):
        self.first.build(shape)
        shape = self.first.compute_output_shape(shape)
        self.more[0].build(shape)
        self.idle.build(shape)

    def call(self, inputs):
        return self.more[0](self.first(inputs))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable("parts")
class Compiled(layers.Layer):
    """Calls its convolution inside a compiled function."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Conv2D(4, 1, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    @tf.function
    def compiled(self, inputs):
        return self.inner(inputs)

    def call(self, inputs):
        return self.compiled(inputs)


@keras.saving.register_keras_serializable("parts")
class Net(keras.Model):
    """A subclassed model that uses one layer twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(3, 3, padding="same", name="conv")

    def call(self, inputs):
        return self.conv(self.conv(inputs))
