"""Is there an image registry that answers? Asked of all of them at once, and never for longer than a deadline."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence

__all__ = ["PUBLIC", "answers", "ask", "preferred"]

PUBLIC = ("registry-1.docker.io", "quay.io")
"""The registries that the lessons' images come from."""


def preferred() -> tuple[str, ...]:
    """Return the registries to ask: a classroom's mirror first (LABKIT_REGISTRY=host:port), then the public ones."""
    mirror = os.environ.get("LABKIT_REGISTRY", "").strip()
    return (mirror, *PUBLIC) if mirror else PUBLIC


def answers(host: str, *, timeout: float = 1.0) -> bool:
    """Say whether `host` speaks as a registry; `timeout` in seconds for each of HTTPS and HTTP.

    A registry answers GET or HEAD /v2/ with 200, or with 401 when it wants a token (OCI distribution specification, "Determining
    Support"). Anything else is a proxy or a hotel's log-in page. Plain HTTP is only asked of a host with a port: a classroom's mirror.
    """
    schemes = ("https", "http") if ":" in host else ("https",)
    return any(_status(f"{scheme}://{host}/v2/", timeout) in (200, 401) for scheme in schemes)


def ask(hosts: Sequence[str], *, deadline: float = 1.0, asked: Callable[[str], bool] = answers) -> Callable[[], str]:
    """Start asking all `hosts`; the function returned waits for the first of them, in their order, that answers.

    It returns that host, or "" when `deadline` seconds after the start none has. Names are looked up in the background too: a resolver that
    is not there would hold us up for longer than any socket's time-out.
    """
    said: dict[str, bool] = {}

    def listen(host: str) -> None:
        said[host] = asked(host)

    ends = time.monotonic() + deadline
    threads = {host: threading.Thread(target=listen, args=(host,), daemon=True) for host in hosts}
    for thread in threads.values():
        thread.start()

    def first() -> str:
        for host, thread in threads.items():
            thread.join(max(0.0, ends - time.monotonic()))
            if said.get(host):
                return host
        return ""

    return first


def _status(url: str, timeout: float) -> int:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(url, method="HEAD"), timeout=timeout) as reply:
            return int(reply.status)
    except HTTPError as refused:
        return refused.code
    except (OSError, ValueError, HTTPException):
        return 0
