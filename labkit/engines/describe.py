"""A pod's state in a sentence: what an error or a wait says it saw last."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.model import Container, Event, Pod, Role, State

__all__ = ["describe_container", "describe_pod"]


def describe_container(container: Container) -> str:
    """Return `app: running, not ready` and the like."""
    role = f"{container.role} " if container.role in (Role.INIT, Role.SIDECAR) else ""
    words = [str(container.state)]
    if container.reason:
        words.append(container.reason)
    if container.exit_code is not None:
        words.append(f"exit code {container.exit_code}")
    if container.state is State.RUNNING and container.role in (Role.APP, Role.SIDECAR):
        words.append("ready" if container.ready else "not ready")
    if container.restarts:
        words.append(f"restarted {container.restarts} times" if container.restarts > 1 else "restarted once")
    return f"{role}{container.name}: {', '.join(words)}"


def describe_pod(pod: Pod, events: Sequence[Event] = ()) -> str:
    """Return the pod's phase, each container's state, and the last event about it."""
    lines = [f"pod/{pod.name} is {pod.phase}", *(describe_container(c) for c in pod.containers if c.role is not Role.INFRA)]
    about = [e for e in events if e.about == f"pod/{pod.name}" or e.about.startswith(f"pod/{pod.name}/")]
    if about:
        last = max(about, key=lambda e: e.time)
        lines.append(f"last event: {last.about.rpartition('/')[2]} {last.reason}: {last.message}".rstrip(": "))
    return "\n".join(lines)
