"""An interpreter for ``NAME@PYTHON`` whose worker misbehaves at one step of its protocol.

``STEP`` is a request's ``op``, or ``launch`` for the time before the first one; ``HOW`` is killed,
stopped, slowed, cut, half or lies. Requests about a model are answered without any.
"""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output
from convcheck.runtimes import frames, messages, worker

STEP, HOW = os.environ["STEP"], os.environ["HOW"]
SLOWED_SECONDS = 1.0


def misbehave():
    if HOW == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif HOW == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif HOW == "slowed":
        time.sleep(SLOWED_SECONDS)
    elif HOW == "cut":
        os.closerange(0, 64)
        time.sleep(600)


LIES = {
    "load": {"versions": {"numpy": 7}},
    "case": {"error": ["no text"]},
    "run": {"error": "so what", "status": "fine"},
    "model-open": {"inputs": [{"name": 7}], "versions": {}},
    "model-run": {"calls": [{"name": "conv"}], "missed": []},
    "model-call": {"case": {"spec": {"kernel_size": "?"}, "data_format": "NHWC"}, "output": {}},
    "model-mode": {"seconds": "long"},
    "order-begin": {"error": 7},
    "order-step": {"experiments": -1, "expected": 3, "spent": 0.1, "done": True, "problem": ""},
    "order-found": {"experiments": 3},
}


def model_reply(operation):
    if operation == "model-open":
        return {
            "inputs": [{"name": "x", "shape": [1, 4, 4, 1], "dtype": "float32"}],
            "versions": {},
        }
    if operation == "model-run":
        return {"calls": [{"name": "conv", "kind": "Conv2D"}], "missed": []}
    return {
        "seconds": 0.5,
        "sum_abs": 0.0,
        "max_abs": 0.0,
        "relative": None,
        "unequal": 0,
        "total": 9,
    }


def model_call():
    case = Case(ConvSpec.make((1, 1)), np.ones((1, 4, 4, 1)), np.ones((1, 1, 1, 1)))
    head, arrays = messages.case_to_message(case)
    own = Output("layer", "keras Conv2D", case.input, dtypes=Dtypes(output="float64"))
    output, array = messages.output_to_message(own)
    return {"case": head, "output": output}, {**arrays, **array}


class Handler(worker.RequestHandler):
    def handle(self, head, arrays):
        operation = head["op"]
        if operation == STEP:
            misbehave()
        if ("lies", operation) == (HOW, STEP):
            pieces = frames.pack({**LIES[operation], "id": head["id"]})
        elif operation.startswith("model-"):
            reply, back = (
                model_call() if operation == "model-call" else (model_reply(operation), {})
            )
            pieces = frames.pack({**reply, "id": head["id"]}, back)
        else:
            pieces = super().handle(head, arrays)
        if operation == STEP and HOW == "half":
            for descriptor in range(3, 64):  # whichever it is that replies go to
                try:
                    os.write(descriptor, pieces[0][: len(pieces[0]) // 2] if pieces else b"c")
                except OSError:
                    continue
            os._exit(0)
        return pieces


if STEP == "launch":
    misbehave()
worker.RequestHandler = Handler
worker.serve()
