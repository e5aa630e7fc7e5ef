"""What a cluster of labkit's own would run on."""

from __future__ import annotations

from labkit.doctor.finding import Finding, note, ok
from labkit.errors import HostError
from labkit.host.facts import Facts
from labkit.host.provider import choose
from labkit.host.tool_sources import KIND, KUBECTL, Wanted

__all__ = ["nodes", "programs"]


def nodes(facts: Facts) -> Finding:
    """Look at who could run the nodes of a cluster; without anybody, the lessons on Podman run all the same."""
    what = "cluster nodes"
    try:
        return ok(what, f"run by {choose(facts, lambda: facts.docker).why}")
    except HostError as nobody:
        return note(what, f"{nobody.found}: lessons on Kubernetes need another way", nobody.fix)


def programs(facts: Facts) -> list[Finding]:
    """Look at kind and kubectl; `labkit up` fetches what is missing into labkit's own folder, and asks nobody."""
    return [_program(facts, wanted) for wanted in (KIND, KUBECTL)]


def _program(facts: Facts, wanted: Wanted) -> Finding:
    tool = facts.tools.get(wanted.name)
    if tool is not None and tool.path and wanted.accepts(tool.version):
        return ok(wanted.name, f"{tool.version}, in {tool.path}")
    there = f"{tool.version or 'of unknown version'}, in {tool.path}: not one that will do" if tool and tool.path else "not on the path"
    return ok(wanted.name, f"{there}; `labkit up` fetches {wanted.version} for itself")
