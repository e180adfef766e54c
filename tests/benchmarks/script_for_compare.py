"""What the question's own code does, without its plots: the yardstick for the main job's speed."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_image
from tensorflow import keras


def feature_map_1(batch):
    filters = np.ones(shape=(7, 7, batch.shape[-1], 1), dtype=np.float32)
    return tf.nn.conv2d(batch, filters, strides=1, padding="SAME", data_format="NHWC")


def feature_map_2(batch):
    input_layer = keras.layers.Input(shape=batch.shape[1:])
    conv_layer = keras.layers.Conv2D(
        filters=1,
        kernel_size=7,
        strides=1,
        padding="SAME",
        kernel_initializer="ones",
        data_format="channels_last",
        activation="linear",
    )
    model = keras.Model(inputs=input_layer, outputs=conv_layer(input_layer))
    return model.predict(batch)


def main():
    batch = np.array([load_sample_image("china.jpg") / 255])
    first = feature_map_1(batch)[0, :, :, 0]
    second = feature_map_2(batch)[0, :, :, 0]
    print("Differences value: ", np.abs(first - second).sum())


if __name__ == "__main__":
    main()
