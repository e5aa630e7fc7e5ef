"""States, images and ports in a learner's words. A mark is a shape, so that no state is told by colour alone."""

from __future__ import annotations

from labkit.draw.graph import Line, Tone
from labkit.model import Container, Phase, Pod, Port, Role, State

__all__ = ["address", "phase_line", "port_name", "short_image", "state_line"]

_PHASES: dict[Phase, tuple[str, Tone]] = {
    Phase.PENDING: ("○", "idle"),
    Phase.RUNNING: ("●", "good"),
    Phase.SUCCEEDED: ("■", "muted"),
    Phase.FAILED: ("▲", "bad"),
}
_ANY_ADDRESS = frozenset({"", "0.0.0.0", "::", "127.0.0.1", "::1", "localhost"})


def state_line(container: Container) -> Line:
    """Say what a container is doing."""
    reason = f": {container.reason}" if container.reason else ""
    code = container.exit_code
    if container.state is State.RUNNING:
        serves = container.ready or container.role not in (Role.APP, Role.SIDECAR)
        readiness = ", ready" if container.ready else "" if serves else ", not ready"
        return Line(f"running{readiness}", "good" if serves else "idle", "●")
    if container.state is State.WAITING:
        last = f" (last exit {code})" if code is not None else ""
        return Line(f"waiting{reason}{last}", "bad", "▲") if code else Line(f"waiting{reason}{last}", "idle", "○")
    if container.state is State.TERMINATED:
        if code:
            return Line(f"failed{reason} (exit {code})", "bad", "▲")
        plain = "" if container.reason == "Completed" else reason
        return Line(f"finished{plain} (exit 0)" if code == 0 else f"stopped{reason}", "muted", "■")
    return Line("not observed", "muted", "◊")


def phase_line(pod: Pod) -> Line:
    """Say where a pod is in its life."""
    if pod.phase is Phase.UNKNOWN and all(each.state is State.UNKNOWN for each in pod.containers):
        return Line("not observed", "muted", "◊")
    mark, tone = _PHASES.get(pod.phase, ("◊", "muted"))
    return Line(str(pod.phase), tone, mark)


def short_image(image: str) -> str:
    """Return an image's name without the registry and folders before it, and with a digest cut to 12 digits."""
    name, at, digest = image.partition("@")
    return name.rsplit("/", 1)[-1] + (f"@{digest.removeprefix('sha256:')[:12]}" if at else "")


def port_name(port: Port) -> str:
    """Return `:80`, or `:53/UDP` for what is not TCP."""
    return f":{port.container_port}" + ("" if port.protocol == "TCP" else f"/{port.protocol}")


def address(port: Port, node: str = "") -> str:
    """Return where the outside finds a published port: on a cluster's node, at one address, or on this machine."""
    host = (node or "localhost") if port.host_ip in _ANY_ADDRESS else port.host_ip
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port.host_port}" + ("" if port.protocol == "TCP" else f"/{port.protocol}")
