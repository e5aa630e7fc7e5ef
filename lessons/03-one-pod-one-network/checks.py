"""The exercises of lesson 03, judged by requests from this machine and from inside the learner's containers."""

import contextlib
import io
import shlex
import socket
import urllib.error
import urllib.request
from collections.abc import Sequence
from itertools import combinations

from labkit import CommandError, Lab, Verdict, check, not_yet, passed
from labkit.model import Container, Pod, Role, State

PATIENCE = 2.0
"""Seconds that a request may take."""


def _containers(pod: Pod) -> list[Container]:
    """Return the containers of a pod that the learner wrote and that have been started."""
    return [c for c in pod.containers if c.role is not Role.INFRA and c.engine_name]


def _running(containers: Sequence[Container]) -> list[Container]:
    return [c for c in containers if c.state is State.RUNNING]


def _inside(lab: Lab, container: Container, command: str) -> str | None:
    """Return what a shell command writes in a container, None when it fails. It is not shown: a check asks again and again."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return str(lab.exec(f"container/{container.engine_name}", ["sh", "-c", command]))
        except CommandError:
            return None


def _log(lab: Lab, container: Container) -> str:
    with contextlib.redirect_stdout(io.StringIO()):
        return str(lab.logs(f"container/{container.engine_name}"))


@check(
    "localhost",
    hints=[
        "Who may use a pod's localhost: a container of the same pod, or any container of this machine?",
        "`curl localhost` inside the second container, and a container's log is what its program prints. Does your helper start before "
        "the server listens? Then once is not enough.",
        "Take the shape of web.yaml: two containers, no ports, no volumes. The second one's command is a shell loop around curl and sleep.",
    ],
)
def localhost(lab: Lab) -> Verdict:
    """Find the page that a pod serves to itself in the log of one of its containers."""
    expected = "one pod that publishes no port, in which one container serves a page and another has that page in its log"
    pods = [pod for pod in lab.snapshot() if len(_containers(pod)) > 1]
    if not pods:
        return not_yet("no pod has two containers", expected=expected, look="lab.get()")
    verdicts = [_served_and_read(lab, pod, expected) for pod in pods]
    return next((verdict for verdict in verdicts if verdict), verdicts[-1])


def _served_and_read(lab: Lab, pod: Pod, expected: str) -> Verdict:
    ways_in = [port.host_port for c in pod.containers for port in c.ports if port.host_port]
    if ways_in:
        return not_yet(f"pod/{pod.name} publishes port {ways_in[0]}, which nobody outside needs", expected=expected, look="lab.draw()")
    answers = [_inside(lab, c, f"curl --silent --fail --max-time {PATIENCE:g} localhost") for c in _running(_containers(pod))]
    page = next((answer.strip() for answer in answers if answer and answer.strip()), "")
    if not page:
        return not_yet(f"nobody answers on port 80 of localhost in pod/{pod.name}", expected=expected, look=f'lab.get("{pod.name}")')
    readers = [c.name for c in _containers(pod) if page.splitlines()[-1] in _log(lab, c)]
    if not readers:
        look = " or ".join(f'lab.logs("{pod.name}", container="{c.name}")' for c in _containers(pod))
        return not_yet(f"localhost of pod/{pod.name} gives a page, and no log holds it", expected=expected, look=look)
    return passed(f"in pod/{pod.name}, the log of {readers[0]} holds the page that it got over localhost, and no port is published")


@check(
    "hidden-port",
    hints=[
        "Two ports are listened on. Which of them has to be known outside the pod?",
        "`hostPort` is a way in from this machine to one port of the pod. Inside the pod, nobody needs one.",
        "Two containers in one pod, and one `ports` entry in the whole file, at the web server's container.",
    ],
)
def hidden_port(lab: Lab) -> Verdict:
    """Ask port 8081 from this machine, localhost:3306 from behind it, and every way from this machine to the database."""
    expected = "a page on port 8081 of this machine, a database that greets behind it on localhost:3306, and no way to it from this machine"
    try:
        with urllib.request.urlopen("http://127.0.0.1:8081", timeout=PATIENCE) as answer:
            answer.read()
    except (urllib.error.URLError, OSError) as refused:
        reason = getattr(refused, "reason", refused)
        return not_yet(f"port 8081 of this machine gives no page: {reason}", expected=expected, look='lab.run("curl localhost:8081")')
    seen = lab.snapshot()
    homes = [(f"pod/{pod.name}", pod.containers) for pod in seen] + [(f"container/{c.name}", (c,)) for c in seen.containers]
    ways_in = {port.host_port for _, members in homes for c in members for port in c.ports if port.host_port}
    behind = [(name, members) for name, members in homes if 8081 in {port.host_port for c in members for port in c.ports}]
    if not behind:
        return not_yet(
            "something answers on port 8081, and it is no pod and no container of this lesson", expected=expected, look="lab.get()"
        )
    name, members = behind[0]
    asked = [c for c in _running(members) if c.role is not Role.INFRA]
    greeting = next((heard.strip() for c in asked if (heard := _inside(lab, c, f"nc -w {PATIENCE:g} localhost 3306"))), "")
    if not greeting:
        return not_yet(f"the page is there, and nobody answers on localhost:3306 in {name}", expected=expected, look="lab.draw()")
    for port in sorted(ways_in - {8081} | {3306}):
        if greeting in _heard(port):
            return not_yet(
                f"this machine reaches the database on port {port}", expected=expected, look=f'lab.run("nc -w 1 localhost {port}")'
            )
    return passed(f"{name} answers on port 8081; the database greets on localhost:3306 in there, and nowhere on this machine")


def _heard(port: int) -> str:
    """Return what a port of this machine says to somebody who says nothing; empty when it refuses or is silent."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            return connection.recv(4096).decode(errors="replace")
    except OSError:
        return ""


@check(
    "shared-folder",
    hints=[
        "Containers of a pod have their own files. What has to be added to a pod for a folder to be in both?",
        "`volumes` belongs to the pod, `volumeMounts` to each container, and the path may differ. Which word makes a mount read-only?",
        "One volume of kind emptyDir, named in the volumeMounts of both; the reader's mount has one line more. Look at web.yaml.",
    ],
)
def shared_folder(lab: Lab) -> Verdict:
    """Write into each shared folder from one side, look from the other, and try to write there too."""
    expected = "a folder that one container of a pod writes into, while another reads there and cannot write"
    pairs = [
        (pod, (one, here.path), (other, there.path))
        for pod in lab.snapshot()
        for one, other in combinations(_running(_containers(pod)), 2)
        for here in one.mounts
        for there in other.mounts
        if here.volume == there.volume
    ]
    if not pairs:
        return not_yet("there is no folder that two containers of one pod have", expected=expected, look="lab.draw()")
    verdicts = [_one_way(lab, *pair, expected) for pair in pairs]
    return next((verdict for verdict in verdicts if verdict), verdicts[-1])


def _one_way(lab: Lab, pod: Pod, one: tuple[Container, str], other: tuple[Container, str], expected: str) -> Verdict:
    pair = f"{one[0].name} and {other[0].name} of pod/{pod.name} share a folder"
    writers = [side for side in (one, other) if _may_write(lab, *side)]
    if len(writers) != 1:
        may = "both" if writers else "neither"
        return not_yet(f"{pair}, and {may} may write there", expected=expected, look="lab.draw()")
    writer, reader = (one, other) if writers == [one] else (other, one)
    there, seen = (shlex.quote(f"{path}/.probe") for _, path in (writer, reader))
    _inside(lab, writer[0], f"touch {there}")
    arrives = _inside(lab, reader[0], f"test -e {seen}") is not None
    _inside(lab, writer[0], f"rm -f {there}")
    if not arrives:
        return not_yet(f"what {writer[0].name} writes does not reach {reader[0].name}", expected=expected, look="lab.draw()")
    if not _inside(lab, reader[0], f"find {shlex.quote(reader[1])} -type f -size +0"):
        look = f'lab.exec("{pod.name}", "ls -l {reader[1]}", container="{reader[0].name}")'
        return not_yet(f"{pair}, and there is no file with anything in it", expected=expected, look=look)
    return passed(f"{writer[0].name} writes, {reader[0].name} of pod/{pod.name} reads the same folder and cannot write there")


def _may_write(lab: Lab, container: Container, path: str) -> bool:
    probe = shlex.quote(f"{path}/.probe")
    return _inside(lab, container, f"touch {probe} && rm {probe}") is not None
