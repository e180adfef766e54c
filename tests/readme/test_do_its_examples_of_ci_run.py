"""Do the README's examples of CI do what they say, as far as a shell can tell?

Their steps are run one after another, with the variables that a runner sets. What checks out,
clones and installs is left out: this environment has it.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from tests.readme.blocks import README, blocks, run

_YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def examples():
    return [yaml.safe_load(text) for text in _YAML.findall(README.read_text(encoding="utf-8"))]


@pytest.fixture
def folder(tmp_path):
    """One with the files that the README's examples use."""
    makes = next(one for one in blocks() if 'np.save("mine.npy"' in one.code)
    for command in makes.commands():
        assert run(command, tmp_path).returncode == 0
    return tmp_path


def commands(lines):
    """Those that convcheck runs; the others install it."""
    left = [line for line in lines if not re.match(r"(git|pip) ", line)]
    assert left
    assert len(left) < len(lines)
    return left


@pytest.mark.slow
def test_does_a_step_on_github_fail_with_annotations_a_summary_and_a_page(examples, folder):
    (jobs,) = (one["jobs"] for one in examples if "jobs" in one)
    steps = jobs["convcheck"]["steps"]
    summary = folder / "step_summary_1"
    summary.touch()  # as a runner makes it
    (command,) = commands([step["run"] for step in steps if "run" in step])
    done = run(f"export GITHUB_STEP_SUMMARY={summary}; {command}", folder)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error title=")
    assert "same-padding-side" in done.stdout
    assert summary.read_text().startswith("## ❌ DIFFERENT")
    (kept,) = (s["with"]["path"] for s in steps if "upload-artifact" in s.get("uses", ""))
    assert "DIFFERENT" in (folder / kept).read_text()


@pytest.mark.slow
def test_does_a_job_on_gitlab_leave_the_files_it_names(examples, folder):
    (job,) = (one["convcheck"] for one in examples if "convcheck" in one)
    (command,) = commands(job["script"])
    done = run(command, folder)
    assert done.returncode == 1, done.stderr
    assert "DIFFERENT" in done.stdout
    suites = ElementTree.parse(folder / job["artifacts"]["reports"]["junit"]).getroot()
    assert int(suites.get("failures", "0")) >= 1
    (page,) = job["artifacts"]["paths"]
    assert "DIFFERENT" in (folder / page).read_text()


def test_does_pre_commit_name_a_hook_that_there_is(examples):
    (wanted,) = (one["repos"][0]["hooks"] for one in examples if "repos" in one)
    offered = yaml.safe_load((README.parent / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in wanted} <= {hook["id"] for hook in offered}
    for hook in offered:
        assert hook["entry"].split()[0] == "convcheck"
        assert re.search(hook["files"], os.path.join("tests", "__convcheck__", "t", "case.npz"))
        assert not re.search(hook["files"], "arrays.npz")
