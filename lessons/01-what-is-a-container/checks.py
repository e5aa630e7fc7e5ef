"""The exercises of lesson 01, judged by what the kernel and Podman show."""

from itertools import combinations
from pathlib import Path

from labkit import Lab, Verdict, check, not_yet, passed
from labkit.model import Container, Role, State


def _running(lab: Lab) -> list[Container]:
    """Return the learner's containers that run, in pods or on their own."""
    seen = lab.snapshot()
    everyone = [*seen.containers, *(c for pod in seen.pods for c in pod.containers if c.role is not Role.INFRA)]
    return [c for c in everyone if c.state is State.RUNNING and c.namespaces]


def _of_this_machine(kind: str) -> int:
    """Return the inode of the namespace that an ordinary process is in: this one."""
    return Path(f"/proc/self/ns/{kind}").stat().st_ino


@check(
    "twins",
    hints=[
        "Which of the eight kinds of namespace holds the process ids, and which one the network?",
        "`podman run` has a flag for each kind. In `podman run --help`: which one is about process ids, and may it name a container?",
        "The second container needs one more flag than the first. Its value is the word `container`, a colon, and a name.",
    ],
)
def twins(lab: Lab) -> Verdict:
    """Two containers with one list of processes and two networks, and neither is this machine's."""
    running = _running(lab)
    look = "lab.snapshot(), or lab.draw()"
    expected = "two containers in one pid namespace that is not this machine's, each in a net namespace of its own"
    for one in running:
        for kind in ("pid", "net"):
            if one.namespaces[kind] == _of_this_machine(kind):
                return not_yet(f"{one.name} is in this machine's own {kind} namespace", expected=expected, look=look)
    if len(running) < 2:
        names = ", ".join(c.name for c in running) or "none"
        return not_yet(f"fewer than two containers run: {names}", expected=expected, look="lab.get()")
    pairs = [(a, b) for a, b in combinations(running, 2) if a.namespaces["pid"] == b.namespaces["pid"]]
    if not pairs:
        found = "each container has a list of processes of its own"
        same_net = [f"{a.name} and {b.name}" for a, b in combinations(running, 2) if a.namespaces["net"] == b.namespaces["net"]]
        return not_yet(found + (f"; what {same_net[0]} share is the network" if same_net else ""), expected=expected, look=look)
    for a, b in pairs:
        if a.namespaces["net"] != b.namespaces["net"]:
            return passed(f"{a.name} and {b.name} are in one pid namespace, and in two net namespaces")
    a, b = pairs[0]
    return not_yet(f"{a.name} and {b.name} share their processes, and their network too", expected=expected, look=look)


@check(
    "quiet-exit",
    hints=[
        "`podman stop` sends SIGTERM to PID 1. What did SIGTERM do to `sleep` when it was PID 1?",
        "PID 1 gets SIGTERM only if it has a handler for it. A shell sets one with its builtin `trap`: see `help trap`.",
        "A shell runs its handler when the program that it waits for has ended. So let it wait for something short, again and again.",
    ],
)
def quiet_exit(lab: Lab) -> Verdict:
    """Stop the container, read how it ended, and start it again for the next look."""
    expected = "a container called quiet that runs, and ends with exit code 0 within 3 s of `podman stop`"
    before = lab.snapshot().container("quiet")
    if before.state is not State.RUNNING:
        found = f"quiet does not run: it is {before.state}" + (f", exit code {before.exit_code}" if before.exit_code is not None else "")
        return not_yet(f"{found}, before anybody asked it to stop", expected=expected, look='lab.logs("container/quiet")')
    lab.run("podman stop --time 3 quiet")
    code = lab.snapshot().container("quiet").exit_code
    lab.run("podman start quiet")
    if code == 0:
        return passed("asked to stop, quiet ended by itself, with exit code 0")
    if code == 137:
        found = "quiet did not answer SIGTERM; 3 s later SIGKILL ended it: exit code 137"
    elif code == 143:
        found = "quiet has no handler, and SIGTERM itself ended it: exit code 143 = 128 + 15"
    else:
        found = f"quiet ended by itself, but with exit code {code}"
    return not_yet(found, expected=expected, look='lab.run("podman top quiet pid,args"): who is PID 1?')
