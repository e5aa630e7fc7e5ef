"""A host with Podman, kind and a cluster that are only remembered, and that can be killed at any moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import CommandError
from labkit.process import Result

RECORDED = Path(__file__).parent / "recorded"
DNS_ANSWER = " 00 6a 00 01 85 00 00 01 00 01 00 00 00 00\n"
PROVEN = [("PersistentVolumeClaim", "storage", "Bound"), ("Pod", "client", "Succeeded")]


class Killed(BaseException):
    """Stands for the end of the process: whatever it does after that fails the same way, and changes nothing."""


@dataclass
class FakeHost:
    """What is on the host; `calls` are the commands, `said` what was shown and said."""

    nodes: dict[str, str] = field(default_factory=dict)
    """State by name: running, exited or paused."""
    volumes: dict[str, str] = field(default_factory=dict)
    """Node by volume."""
    network: bool = False
    loaded: dict[str, str] = field(default_factory=dict)
    """Image by name, in every node."""
    sick: bool = False
    """The API does not answer."""
    cured_by: str = ""
    """The beginning of the command that makes it answer again."""
    dies_during_create: str = ""
    """Kill the process when this has been made: volume, node or nodes."""
    calls: list[tuple[str, ...]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    dead: bool = False
    made: int = 0

    def alive(self) -> None:
        if self.dead:
            raise Killed

    def kill(self) -> None:
        self.dead = True
        raise Killed

    def command(self, line: str) -> None:
        self.alive()
        self.said.append(f"$ {line}")

    def notice(self, text: str) -> None:
        self.done(text)

    def done(self, text: str) -> None:
        self.alive()
        self.said.append(text)

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        self.alive()
        self.calls.append(tuple(argv))
        program = argv[3] if "labkit.clusters.kind_cluster" in argv else Path(argv[0]).name
        if self.cured_by and " ".join(argv).startswith(self.cured_by):
            self.sick = False
        said = getattr(self, f"_{program}")(list(argv[1:]))
        result = Result(tuple(argv), 1, "", said.args[0]) if isinstance(said, LookupError) else Result(tuple(argv), 0, said, "")
        if check and result.returncode:
            raise CommandError(argv, result.returncode, result.stdout, result.stderr)
        return result

    def ran(self, beginning: str) -> list[str]:
        """Return the commands so far that begin so."""
        return [line for line in map(" ".join, self.calls) if line.startswith(beginning)]

    def _create(self, argv: list[str]) -> str:
        options = dict(word.partition("=")[::2] for word in argv if word.startswith("--"))
        roles = [line.split()[-1] for line in Path(options["--config"]).read_text().splitlines() if "role:" in line]
        names = [options["--name"] + "-" + role + (str(place) if place > 1 else "") for place, role in enumerate(roles)]
        self.network = True
        for name in names:
            self.volumes[f"volume-{self.made}"] = name
            if self.dies_during_create == "volume":
                self.kill()
            self.nodes[name], self.made = "running", self.made + 1
            if self.dies_during_create == "node":
                self.kill()
        if self.dies_during_create == "nodes":
            Path(options["--kubeconfig"] + ".lock").touch()
            self.kill()
        Path(options["--kubeconfig"]).write_text("clusters")
        return ""

    def _delete(self, argv: list[str]) -> str:
        self.volumes = {volume: node for volume, node in self.volumes.items() if node not in self.nodes}
        self.nodes.clear()
        self.loaded.clear()
        return ""

    def _podman(self, argv: list[str]) -> str | LookupError:
        match argv:
            case ["ps", *_]:
                return "\n".join(f"id-of-{name}" for name in self.nodes)
            case ["inspect", *ids]:
                return json.dumps([self._inspected(id.removeprefix("id-of-")) for id in ids])
            case ["volume", "ls", "--quiet", "--filter", label]:
                return "\n".join(volume for volume, node in self.volumes.items() if node == label.removeprefix("label="))
            case ["volume", "rm", "--force", *names]:
                self.volumes = {volume: node for volume, node in self.volumes.items() if volume not in names}
            case ["network", "inspect", "kind"]:
                return "[]" if self.network else LookupError("no such network")
            case ["network", "rm", "kind"]:
                self.network = False
            case ["start" | "unpause", *names]:
                self.nodes.update(dict.fromkeys(names, "running"))
            case ["stop", "--time", _, *names] | ["kill", *names]:
                self.nodes.update(dict.fromkeys(names, "exited"))
            case ["image", "inspect", *names]:
                return json.dumps([{"Id": f"new-{name}"} for name in names])
            case ["save", *_, "--output", file, "tools:1" | "nginx:1"] | ["save", *_, "--output", file, "tools:1", "nginx:1"]:
                Path(file).write_text(" ".join(argv))
            case ["exec", _, "ctr", *_]:
                lines = [f"{name} type manifest-{image}\nsha256:{image} type manifest-{image}" for name, image in self.loaded.items()]
                return "\n".join(["REF TYPE DIGEST", *lines])
            case ["exec", "--interactive", _, "timeout", *_]:
                return DNS_ANSWER
            case _:
                raise AssertionError(f"no answer to podman {argv}")
        return ""

    def _kind(self, argv: list[str]) -> str:
        if argv[0] == "load":
            # podman save wrote down which images are in the archive.
            self.loaded.update({name: f"new-{name}" for name in Path(argv[2]).read_text().split() if name.endswith(":1")})
        return ""

    def _kubectl(self, argv: list[str]) -> str | LookupError:
        if self.sick or "running" not in self.nodes.values():
            return LookupError("connection refused")
        match argv[2:]:
            case ["get", "--raw", "/readyz"]:
                return "ok"
            case ["get", kinds, *_] if "nodes" in kinds:
                return self._objects()
            case ["get", kinds, *_] if "pods" in kinds:
                items = [{"kind": kind, "metadata": {"name": name}, "status": {"phase": phase}} for kind, name, phase in PROVEN]
                return json.dumps({"items": items})
        return ""

    def _mkdir(self, argv: list[str]) -> str:
        Path(argv[-1]).mkdir(parents=True, exist_ok=True)
        return ""

    def _objects(self) -> str:
        listing = json.loads((RECORDED / "objects.json").read_text())
        node = listing["items"][0]
        others = [item for item in listing["items"] if item["kind"] != "Node"]
        for item in others:
            if item["kind"] == "DaemonSet":
                item["status"]["numberReady"] = len(self.nodes)
        return json.dumps({"items": [*({**node, "metadata": {"name": name}} for name in self.nodes), *others]})

    def _inspected(self, name: str) -> dict[str, object]:
        address = f"10.89.0.{10 - list(self.nodes).index(name)}"
        networks = {"kind": {"IPAddress": address}} if self.nodes[name] == "running" else {}
        id = f"id-of-{name}"
        return {"Id": id, "Name": name, "State": {"Status": self.nodes[name]}, "NetworkSettings": {"Networks": networks}}
