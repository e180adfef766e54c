"""Does a shell complete commands, options and their values?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from convcheck.cli.commands.completion import SHELLS


@pytest.fixture
def offered(convcheck_command):
    """What bash is offered for the last word of a line."""

    def ask(line):
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        done = convcheck_command(
            env={**os.environ, **words, "_CONVCHECK_COMPLETE": "bash_complete"}
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("convcheck comp", {"plain,compare", "plain,completion"}),
        ("convcheck compare --input-l", {"plain,--input-layout"}),
        ("convcheck compare --no-s", {"plain,--no-strict"}),
        ("convcheck compare --input canc", {"plain,cancellation:1e6", "file,canc"}),
        ("convcheck compare --input over", {"plain,overflow", "file,over"}),
        ("convcheck compare -i k", {"plain,keras"}),
        ("convcheck compare -i keras?mode=p", {"plain,keras?mode=predict"}),
        ("convcheck compare -i litert?engine=b", {"plain,litert?engine=builtin"}),
        ("convcheck compare -i onnxruntime?mode=i", {"plain,onnxruntime?mode=integer"}),
        (
            "convcheck compare -i numpy?rounding=D/",
            {"plain,numpy?rounding=D/Mdbl", "plain,numpy?rounding=D/Mf"},
        ),
        ("convcheck compare -i tf?mode=call&dev", {"plain,tf?mode=call&device="}),
        ("convcheck compare --quantize int1", {"plain,int16x8"}),
        ("convcheck compare --activation relu_", {"plain,relu_n1_to_1"}),
        ("convcheck compare --kernel-scale s", {"file,s"}),
        ("convcheck compare --quantize int8 -i t", {"plain,torch"}),
        (
            "convcheck compare --input-scale 2 -i numpy?rounding=F",
            {
                *(f"plain,numpy?rounding={name}" for name in ("F1", "F2", "FB")),
            },
        ),
        ("convcheck compare --accept kernel-t", {"plain,kernel-transpose"}),
        ("convcheck compare --format j", {"plain,json", "plain,junit"}),
        ("convcheck compare --kernel-layout hwc", {"plain,HWCM"}),
        ("convcheck compare --data-format NC", {"plain,NCHW"}),
        ("convcheck compare --input-dtype bf", {"plain,bfloat16"}),
        ("convcheck compare --input ch", {"plain,china", "file,ch"}),
        ("convcheck compare --kernel on", {"plain,ones", "file,on"}),
        ("convcheck compare --save b", {"file,b"}),
        ("convcheck model n", {"file,n"}),
        ("convcheck verify b", {"file,b"}),
        ("convcheck explain kernel-tr", {"plain,kernel-transpose"}),
        ("convcheck explain boun", {"plain,bound"}),
        ("convcheck completion z", {"plain,zsh"}),
    ],
)
def test_is_each_kind_of_word_completed(offered, line, expected):
    assert set(offered(line)) == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_is_the_script_one_that_the_shell_takes(convcheck_command, shell, tmp_path):
    done = convcheck_command("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_CONVCHECK_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.stdout)
        subprocess.run([shell, "-n", "script"], cwd=tmp_path, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_does_bash_complete_with_the_script(convcheck_command, tmp_path):
    (tmp_path / "convcheck").write_text(f'#!/bin/sh\nexec {sys.executable} -m convcheck "$@"\n')
    (tmp_path / "convcheck").chmod(0o755)
    line = (
        f"PATH={tmp_path}:$PATH; "
        'eval "$(convcheck completion bash)"; '
        "COMP_WORDS=(convcheck compare --strid); COMP_CWORD=2; "
        '_convcheck_completion convcheck; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "--strides"


def test_is_an_unknown_shell_one_line(convcheck_command):
    done = convcheck_command("completion", "fsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean fish" in done.stderr
