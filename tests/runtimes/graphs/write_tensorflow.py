"""Write SavedModels, sound and harmful: ``python write_tensorflow.py FOLDER MARKER``."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

KERNEL = np.random.default_rng(0).normal(size=(3, 3, 3, 4)).astype(np.float32)


class Net(tf.Module):
    def __init__(self, extra=lambda x: x):
        self.kernel, self.extra = tf.Variable(KERNEL), extra

    @tf.function(input_signature=[tf.TensorSpec((1, None, 8, 3), tf.float32)])
    def __call__(self, x):
        return self.extra(tf.nn.relu(tf.nn.conv2d(x, self.kernel, 2, "SAME")))


class Tabled(Net):
    def __init__(self):
        super().__init__()
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1], [2]), 0)


def write(net, folder):
    tf.saved_model.save(net, str(folder), signatures=net.__call__)


if __name__ == "__main__":
    folder, marker = Path(sys.argv[1]), sys.argv[2]

    def writes(x):
        with tf.control_dependencies([tf.io.write_file(marker, "x")]):
            return tf.identity(x)

    def reads(x):
        return x + tf.cast(tf.strings.length(tf.io.read_file("/etc/passwd")), tf.float32)

    def calls(x):
        tf.print(x)
        return x

    def runs(x):
        return tf.py_function(lambda v: v, [x], tf.float32)

    write(Net(), folder / "sound.saved")
    write(Net(writes), folder / "writes.saved")
    write(Net(reads), folder / "reads.saved")
    write(Net(calls), folder / "prints.saved")
    write(Net(runs), folder / "python.saved")
    write(Tabled(), folder / "table.saved")
    shutil.copytree(folder / "sound.saved", folder / "link.saved")
    data = next((folder / "link.saved" / "variables").glob("*.data-*"))
    shutil.move(data, folder / "outside")
    os.symlink(folder / "outside", data)
    shutil.copytree(folder / "sound.saved", folder / "short.saved")
    os.truncate(folder / "short.saved" / "saved_model.pb", 500)
