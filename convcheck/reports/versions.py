"""Which versions computed: recorded and here, and wherever two implementations had others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convcheck.results import Check
from convcheck.runtimes.hardware import packages

_PROCESSOR = "cpu:model"
_NOT_HERE = "not here"


def version_changes(check: Check) -> list[str]:
    """Of a verified case, each package once: ``tensorflow 2.20.0 → 2.21.0``, ``keras 3.12.2``.

    Empty where nothing was recorded.
    """
    recorded = " (recorded)"
    if not any(j.output.name.endswith(recorded) for j in check.judgements):
        return []
    versions = {j.output.name: j.output.versions for j in check.judgements}
    found: list[str] = []
    compared = set()
    for pair in check.differences:
        if pair.a != pair.b + recorded:
            continue
        compared.add(pair.b)
        there, here = versions[pair.a], versions[pair.b]
        for package, before in packages(there).items():
            now = here.get(package, _NOT_HERE)
            found.append(f"{package} {before}" + (f" → {now}" if now != before else ""))
        before, now = there.get(_PROCESSOR, ""), here.get(_PROCESSOR, "")
        if before and now and before != now:
            found.append(f"processor {before} → {now}")
    for name in versions:
        if name not in compared and not name.endswith(recorded):  # chosen by the user: only judged
            found += [f"{package} {now}" for package, now in packages(versions[name]).items()]
    return list(dict.fromkeys(found))


def version_words(check: Check, names: Mapping[str, str]) -> Iterator[str]:
    """Every version of a verified case; of another the packages that had more than one."""
    changes = version_changes(check)
    if changes:
        yield from changes
        return
    found: dict[str, dict[str, list[str]]] = {}
    for judgement in check.judgements:
        for package, version in packages(judgement.output.versions).items():
            who = found.setdefault(package, {}).setdefault(version, [])
            who.append(names[judgement.output.name])
    for package, by_version in found.items():
        if len(by_version) > 1:
            each = [f"{version} ({', '.join(who)})" for version, who in by_version.items()]
            yield f"{package} {', '.join(each)}"
