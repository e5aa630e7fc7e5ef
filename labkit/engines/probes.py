"""Probes as Kubernetes counts them: pure state, advanced one result at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["ProbeCommand", "Tally", "probe_command"]

KINDS = ("startup", "readiness", "liveness")


@dataclass(frozen=True)
class ProbeCommand:
    """A probe as a command to be run inside the container; times in seconds."""

    argv: tuple[str, ...]
    delay: float
    period: float
    timeout: float
    failures: int
    successes: int


def probe_command(container: Mapping[str, Any], kind: str) -> ProbeCommand | None:
    """Return how to run a container's probe (`kind` of KINDS), or None where it has none.

    httpGet and tcpSocket become curl and nc inside the container, as in `podman kube play` itself: a pod of rootless Podman has no address
    that the host can reach. Defaults are those of the Kubernetes API (Probe v1 core).
    """
    probe = container.get(f"{kind}Probe")
    if not probe:
        return None
    timeout = int(probe.get("timeoutSeconds", 1))
    if "httpGet" in probe:
        get = probe["httpGet"]
        scheme = str(get.get("scheme", "HTTP")).lower()
        headers = [part for h in get.get("httpHeaders") or [] for part in ("--header", f"{h['name']}: {h['value']}")]
        url = f"{scheme}://{get.get('host', 'localhost')}:{_port(container, get['port'])}/{str(get.get('path', '/')).lstrip('/')}"
        argv = [
            "curl",
            "--fail",
            "--silent",
            "--show-error",
            "--insecure",
            "--output",
            "/dev/null",
            "--max-time",
            str(timeout),
            *headers,
            url,
        ]
    elif "tcpSocket" in probe:
        argv = [
            "nc",
            "-z",
            "-w",
            str(timeout),
            probe["tcpSocket"].get("host", "localhost"),
            str(_port(container, probe["tcpSocket"]["port"])),
        ]
    elif "exec" in probe:
        argv = [str(word) for word in probe["exec"]["command"]]
    else:
        return None
    return ProbeCommand(
        tuple(argv),
        delay=float(probe.get("initialDelaySeconds", 0)),
        period=float(probe.get("periodSeconds", 10)),
        timeout=float(timeout),
        failures=int(probe.get("failureThreshold", 3)),
        successes=int(probe.get("successThreshold", 1)),
    )


def _port(container: Mapping[str, Any], port: int | str) -> int:
    named = {str(p.get("name")): p["containerPort"] for p in container.get("ports") or []}
    return int(named.get(str(port), port))


@dataclass(frozen=True)
class Tally:
    """How a probe has gone: `passing` is None before it has passed or failed often enough to say."""

    passing: bool | None = None
    streak: int = 0
    last: bool | None = None
    message: str = ""

    def after(self, passed: bool, message: str, probe: ProbeCommand) -> Tally:
        """Count one more result."""
        streak = self.streak + 1 if passed is self.last else 1
        verdict = self.passing
        if passed and streak >= probe.successes:
            verdict = True
        elif not passed and streak >= probe.failures:
            verdict = False
        return replace(self, passing=verdict, streak=streak, last=passed, message=message)
