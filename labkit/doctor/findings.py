"""Judge a machine: a pure function from `Facts` to findings, each with the one thing to do."""

from __future__ import annotations

from labkit.doctor import cluster, kernel, podman, room
from labkit.doctor.finding import Finding, Verdict, fault, ok
from labkit.host.facts import Facts
from labkit.host.packages import install_command

__all__ = ["Finding", "Verdict", "findings"]


def findings(facts: Facts) -> list[Finding]:
    """Return what can be said about a machine, in the order in which one would put it right.

    What cannot be known before an earlier fault is put right is left out: a machine without Podman is told to install it, with all that it
    needs, and nothing else about Podman.
    """
    if facts.system != "Linux":
        return [_not_linux(facts)]
    system = ok("system", f"{facts.distribution or 'an unnamed distribution'}, Linux {facts.kernel}")
    namespaces, devices = kernel.user_namespaces(facts), kernel.devices(facts)
    ids = kernel.subordinate_ids(facts)
    rows = [system, kernel.account(facts), podman.podman(facts)]
    if facts.account and rows[-1].verdict == "ok":
        rows += [podman.runtime(facts), *podman.helpers(facts), ids, *namespaces, *devices]
        rows.append(podman.info(facts, explained=any(row.verdict == "fault" for row in (ids, *namespaces))))
        if not facts.podman_error:
            rows.append(podman.storage(facts))
    else:
        rows += [*namespaces, *devices]
    rows += [kernel.cgroups(facts)]
    if facts.account:
        rows.append(kernel.systemd(facts))
    rows += [cluster.nodes(facts), *cluster.programs(facts)]
    return [*rows, room.disk(facts), room.memory(facts), *room.registry(facts)]


def _not_linux(facts: Facts) -> Finding:
    found = f"{facts.system}: containers are Linux processes, and the lessons look at them where they run"
    inside = " && podman machine ssh" if facts.system == "Darwin" else ""
    fix = f"{install_command(facts, ['podman'])}{inside}   (a Linux machine; start labkit in there)"
    return fault("system", found, fix, ("podman", "kubernetes"))
