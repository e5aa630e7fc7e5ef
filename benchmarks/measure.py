"""What is measured: each function makes one row, ours against the raw command, through the same account and environment."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from benchmarks.bars import Row, at_most, at_most_more, at_most_times, for_information
from benchmarks.bench import checked, stamped
from benchmarks.pairs import alternate, seconds_of
from labkit.draw import draw_pods
from labkit.engines.podman import Podman
from labkit.lessons import find_lesson
from labkit.manifests import dump, read
from labkit.model import Snapshot
from labkit.process import LocalRunner, typed

__all__ = ["MEASURES", "Measure"]

Measure = Callable[[Podman, int], Row]

TWO_CONTAINERS = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec:
  containers:
    - {name: one, image: "localhost/labkit/tools:1", command: [sleep, "3600"]}
    - {name: two, image: "localhost/labkit/tools:1", command: [sleep, "3600"]}
"""


def import_labkit(engine: Podman, pairs: int) -> Row:
    return Row("import labkit", "python -c pass", alternate(_python("import labkit"), _python("pass"), pairs=pairs), at_most_more(0.15))


def import_lab(engine: Podman, pairs: int) -> Row:
    ours = _python("from labkit import Lab")
    return Row("from labkit import Lab", "python -c pass", alternate(ours, _python("pass"), pairs=pairs), for_information())


def _python(code: str) -> Callable[[], float]:
    return lambda: seconds_of(lambda: LocalRunner().run([sys.executable, "-c", code]))


def apply(engine: Podman, pairs: int) -> Row:
    """Read, check, play and see ready, against playing alone."""
    text = stamped(TWO_CONTAINERS.replace("NAME", "bench-pair"), engine)

    def ours() -> float:
        seconds = seconds_of(lambda: engine.apply(checked(text)))
        _remove(engine, ["bench-pair"])
        return seconds

    def peer() -> float:
        seconds = seconds_of(lambda: _podman(engine, "kube", "play", "-", stdin=text))
        _remove(engine, ["bench-pair"])
        return seconds

    return Row("apply, pod of two containers", "podman kube play -", alternate(ours, peer, pairs=pairs), at_most_times(1.25))


def snapshot(engine: Podman, pairs: int) -> Row:
    pods = [f"bench-{number}" for number in range(10)]
    for name in pods:
        engine.apply(checked(TWO_CONTAINERS.replace("NAME", name)))
    containers = [c.engine_name for pod in engine.snapshot() for c in pod.containers]
    timed = alternate(
        lambda: seconds_of(engine.snapshot),
        lambda: seconds_of(lambda: _podman(engine, "inspect", *containers)),
        pairs=pairs,
    )
    _remove(engine, pods)
    return Row("snapshot, ten pods", f"podman inspect, the same {len(containers)} containers", timed, at_most_times(5))


def reset(engine: Podman, pairs: int) -> Row:
    """Reset lesson 03 as it stands when its pod and the separate containers run."""

    def ours() -> float:
        _lesson_03(engine)
        return seconds_of(engine.reset)

    def peer() -> float:
        _lesson_03(engine)
        made = engine.sweeper.belongings(engine.stamp.owns)

        def by_hand() -> None:
            _remove(engine, made.pods)
            _podman(engine, "stop", "--time", "0", *made.containers)
            _podman(engine, "rm", *made.containers)
            _podman(engine, "volume", "rm", *made.volumes)

        return seconds_of(by_hand)

    return Row("reset of lesson 03", "podman pod stop, pod rm, stop, rm, volume rm", alternate(ours, peer, pairs=pairs), at_most(1.0))


def _lesson_03(engine: Podman) -> None:
    """Make the pod of lesson 03 and its containers without a pod, under names and a port that no learner has."""
    (document,) = read(find_lesson("03").folder / "web.yaml")
    data = _with_free_ports(document.data)
    engine.apply(checked(dump([replace(document, data={**data, "metadata": {"name": "bench-lesson"}})])))
    for container in document.data["spec"]["containers"]:
        name = f"bench-alone-{container['name']}"
        engine.run(typed(["podman", "run", "--detach", "--name", name, container["image"], *container.get("command", [])]))


def _with_free_ports(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _free_port() if key == "hostPort" else _with_free_ports(each) for key, each in value.items()}
    return [_with_free_ports(each) for each in value] if isinstance(value, list) else value


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("", 0))
        return int(asked.getsockname()[1])


def tear_down(engine: Podman, pairs: int) -> Row:
    """Delete a pod and look that it is gone, against deleting alone."""

    def made(delete: Callable[[], object]) -> Callable[[], float]:
        def side() -> float:
            engine.apply(checked(TWO_CONTAINERS.replace("NAME", "bench-pair")))
            return seconds_of(delete)

        return side

    ours, peer = made(lambda: engine.delete("pod/bench-pair")), made(lambda: _remove(engine, ["bench-pair"]))
    return Row("tear-down of one pod", "podman pod stop -t 0, pod rm", alternate(ours, peer, pairs=pairs), at_most(0.5))


def draw(engine: Podman, pairs: int) -> Row:
    engine.apply(checked(TWO_CONTAINERS.replace("NAME", "bench-pair")))
    pod = engine.snapshot().pod("bench-pair")
    _remove(engine, ["bench-pair"])
    crowd = Snapshot(engine="podman", pods=tuple(replace(pod, name=f"bench-{number:03}") for number in range(150)))
    return Row("DOT of 150 pods", "", alternate(lambda: seconds_of(lambda: draw_pods(crowd)), pairs=pairs), for_information())


def _podman(engine: Podman, *arguments: str, stdin: str | None = None) -> None:
    engine.runner.run(["podman", *arguments], stdin=stdin)


def _remove(engine: Podman, pods: Iterable[str]) -> None:
    names = list(pods)
    _podman(engine, "pod", "stop", "--time", "0", *names)
    _podman(engine, "pod", "rm", *names)


MEASURES: Mapping[str, Measure] = {
    "import": import_labkit,
    "import-lab": import_lab,
    "apply": apply,
    "snapshot": snapshot,
    "reset": reset,
    "tear-down": tear_down,
    "draw": draw,
}
