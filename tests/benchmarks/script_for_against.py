"""What a user would write before any comparison: load one model and run it once.

The yardstick for ``convcheck model --against``. ``script_for_against.py MODEL INPUT.npy``
"""

import sys

import numpy as np


def run(path, x):
    if path.endswith(".keras"):
        import keras

        return keras.saving.load_model(path, compile=False)(x, training=False)
    if path.endswith(".onnx"):
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: x.transpose(0, 3, 1, 2)})
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


if __name__ == "__main__":
    run(sys.argv[1], np.load(sys.argv[2]))
