"""Write a Keras network of images as ONNX, its input NCHW: ``keras_to_onnx.py FROM.keras TO.onnx``.

What tf2onnx would write, which cannot be installed beside the other frameworks: each layer as
ONNX's own operator, nothing folded.
"""

import sys

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Writer:
    def __init__(self):
        self.nodes, self.constants, self.outputs = [], [], {}

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def layer(self, layer):
        taken = layer.input if isinstance(layer.input, list) else [layer.input]
        x = [self.outputs[id(tensor)] for tensor in taken]
        write = WRITERS[type(layer).__name__]
        self.outputs[id(layer.output)] = write(self, layer, x, layer.name)

    def of_input(self, layer, x, name):
        return "input"

    def of_padding(self, layer, x, name):
        (top, bottom), (left, right) = layer.padding
        pads = self.constant(f"{name}/pads", np.array([0, 0, top, left, 0, 0, bottom, right]))
        return self.node("Pad", [*x, pads], name)

    def of_convolution(self, layer, x, name):
        kernel, *bias = layer.get_weights()
        weights = [self.constant(f"{name}/kernel", kernel.transpose(3, 2, 0, 1))]
        weights += [self.constant(f"{name}/bias", array) for array in bias]
        padding = "SAME_UPPER" if layer.padding == "same" else "VALID"
        y = self.node("Conv", [*x, *weights], name, strides=layer.strides, auto_pad=padding)
        return self.activation(layer, y, name)

    def of_depthwise(self, layer, x, name):
        kernel, *bias = layer.get_weights()  # (height, width, channels, multiplier)
        height, width, channels, multiplier = kernel.shape
        filters = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
        weights = [self.constant(f"{name}/kernel", filters)]
        weights += [self.constant(f"{name}/bias", array) for array in bias]
        padding = "SAME_UPPER" if layer.padding == "same" else "VALID"
        options = {"strides": layer.strides, "auto_pad": padding, "group": channels}
        return self.activation(layer, self.node("Conv", [*x, *weights], name, **options), name)

    def of_norm(self, layer, x, name):
        numbers = zip(("scale", "shift", "mean", "variance"), layer.get_weights(), strict=True)
        weights = [self.constant(f"{name}/{word}", array) for word, array in numbers]
        return self.node("BatchNormalization", [*x, *weights], name, epsilon=layer.epsilon)

    def of_activation(self, layer, x, name):
        return self.activation(layer, *x, name)

    def activation(self, layer, x, name):
        kind = layer.activation.__name__
        if kind == "linear":
            return x
        if kind in ("silu", "swish"):
            return self.node("Mul", [x, self.node("Sigmoid", [x], f"{name}/gate")], f"{name}/silu")
        known = {"relu": "Relu", "sigmoid": "Sigmoid", "softmax": "Softmax"}[kind]
        return self.node(known, [x], f"{name}/{known}")

    def of_relu(self, layer, x, name):
        assert not layer.negative_slope
        assert not layer.threshold
        if layer.max_value is None:
            return self.node("Relu", x, name)
        limits = [self.constant(f"{name}/{n}", np.float32(n)) for n in (0, layer.max_value)]
        return self.node("Clip", [*x, *limits], name)

    def of_rescaling(self, layer, x, name):
        return self.affine(x, layer.scale, layer.offset, name)

    def of_normalization(self, layer, x, name):
        factor = 1 / np.maximum(np.sqrt(layer.variance), keras.backend.epsilon())
        factor = np.asarray(factor, np.float32).ravel()
        return self.affine(x, factor, -np.asarray(layer.mean).ravel() * factor, name)

    def affine(self, x, factor, shift, name):
        columns = [np.reshape(np.float32(number), (1, -1, 1, 1)) for number in (factor, shift)]
        factor, shift = (
            self.constant(f"{name}/{word}", column)
            for word, column in zip(("factor", "shift"), columns, strict=True)
        )
        return self.node("Add", [self.node("Mul", [*x, factor], f"{name}/scaled"), shift], name)

    def of_product(self, layer, x, name):
        return self.node("Mul", x, name)

    def of_dropout(self, layer, x, name):
        return x[0]

    def of_reshape(self, layer, x, name):
        height, width, channels = layer.target_shape
        assert height == width == 1  # more pixels would need their channels moved
        shape = self.constant(f"{name}/shape", np.array([-1, channels, 1, 1]))
        return self.node("Reshape", [*x, shape], name)

    def of_pool(self, layer, x, name):
        assert layer.padding == "valid"
        return self.node("MaxPool", x, name, kernel_shape=layer.pool_size, strides=layer.strides)

    def of_sum(self, layer, x, name):
        return self.node("Add", x, name)

    def of_mean(self, layer, x, name):
        return self.node("Flatten", [self.node("GlobalAveragePool", x, f"{name}/mean")], name)

    def of_dense(self, layer, x, name):
        words = zip(("kernel", "bias"), layer.get_weights(), strict=True)
        weights = [self.constant(f"{name}/{word}", array) for word, array in words]
        return self.activation(layer, self.node("Gemm", [*x, *weights], name), name)


WRITERS = {
    "InputLayer": Writer.of_input,
    "ZeroPadding2D": Writer.of_padding,
    "Conv2D": Writer.of_convolution,
    "BatchNormalization": Writer.of_norm,
    "Activation": Writer.of_activation,
    "DepthwiseConv2D": Writer.of_depthwise,
    "Dropout": Writer.of_dropout,
    "Multiply": Writer.of_product,
    "Normalization": Writer.of_normalization,
    "ReLU": Writer.of_relu,
    "Rescaling": Writer.of_rescaling,
    "Reshape": Writer.of_reshape,
    "MaxPooling2D": Writer.of_pool,
    "Add": Writer.of_sum,
    "GlobalAveragePooling2D": Writer.of_mean,
    "Dense": Writer.of_dense,
}


def main(source, target):
    model = keras.saving.load_model(source, compile=False)
    writer = Writer()
    for layer in model.layers:
        writer.layer(layer)
    _, height, width, channels = model.input_shape
    final = writer.outputs[id(model.output)]
    graph = helper.make_graph(
        writer.nodes,
        "net",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, channels, height, width])],
        [helper.make_tensor_value_info(final, TensorProto.FLOAT, [1, model.output_shape[-1]])],
        writer.constants,
    )
    written = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.save(written, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
