"""Does the listing say what runs here, and what to install for the rest?"""

import json
import os
from importlib import resources

import jsonschema
import pytest

from convcheck.implementations.registry import listing
from convcheck.implementations.rows import ROWS
from convcheck.runtimes.hardware import packages
from tests.runtimes.test_do_installed_plugins_run import installed  # noqa: F401  a fixture

MISSING = "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"


@pytest.fixture
def list_all(convcheck_command, installed, tmp_path):  # noqa: F811
    """Run the command where torch is not installed, and a package of implementations is."""
    (tmp_path / "path" / "torch").mkdir(parents=True)
    (tmp_path / "path" / "torch" / "__init__.py").write_text(MISSING)

    def run(*arguments):
        path = os.pathsep.join([str(tmp_path / "path"), str(installed)])
        done = convcheck_command(
            "implementations",
            "--timeout",
            "20",
            *arguments,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "250"},
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_does_json_list_every_implementation(list_all, tmp_path):
    assert list_all("--format", "json", "--timeout", "2", "-o", "list.json") == ""
    document = json.loads((tmp_path / "list.json").read_text())
    assert document["schema"] == "convcheck.implementations/1"
    files = resources.files("convcheck.reports.json")
    schema = json.loads(files.joinpath("implementations.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    rows = {row["name"]: row for row in document["implementations"]}
    built_in = [base for base in ROWS if not base.endswith(":")]
    trouble = ["trouble-crashes", "trouble-prints", "trouble-right", "trouble-sleeps"]
    assert list(rows)[: len(built_in)] == built_in
    assert sorted(rows)[-len(trouble) - 1 :] == [*trouble, "xla"]

    tf, torch, right = rows["tf"], rows["torch"], rows["trouble-right"]
    assert tf["available"] is True
    assert tf["call"] == "tf.nn.conv2d"
    assert tf["versions"]["tensorflow"]
    assert tf["device"]
    assert "mode" in tf["options"]
    assert tf["message"] is None
    assert torch["available"] is False
    assert torch["install"] == "pip install torch"
    assert torch["message"].startswith("ModuleNotFoundError: No module named 'torch'")
    assert right["available"] is True
    assert packages(right["versions"]) == {"convcheck-trouble": "1.2.3"}
    assert rows["trouble-crashes"]["available"] is False
    assert rows["trouble-crashes"]["message"].startswith("died with SIGSEGV")
    assert rows["trouble-sleeps"]["message"] == "gave no answer within 2 s"


def test_does_the_text_show_one_command_for_what_lacks(list_all):
    text = list_all("--timeout", "2")
    here, lacks = text.split("not here\n")
    assert here.splitlines()[0].split() == ["-i", "call", "version", "device", "options"]
    (tf,) = (line for line in here.splitlines() if line.startswith("tf "))
    assert "tf.nn.conv2d" in tf
    assert "tensorflow" in tf
    (torch,) = (line for line in lacks.splitlines() if line.startswith("torch "))
    assert torch.split(maxsplit=1)[1] == "pip install torch"
    assert lacks.count("pip install torch") == 1
    (crashes,) = (line for line in lacks.splitlines() if line.startswith("trouble-crashes "))
    assert "died with SIGSEGV" in crashes
    assert "trouble-right" in here
    assert "file:PATH" in lacks
    assert "Traceback" not in text


def test_is_every_name_of_the_listing_one_that_can_be_typed():
    assert {name.text for name in listing()} >= {"tf", "keras", "torch", "numpy"}
    assert not any(name.text.endswith(":") for name in listing())
