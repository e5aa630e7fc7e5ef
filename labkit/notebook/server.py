"""JupyterLab on a workbook: on loopback, with a token."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

__all__ = ["Server", "has_display", "plan_server"]


@dataclass(frozen=True)
class Server:
    """What to start, with which environment, and the address to open."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    address: str


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Say whether a browser could be opened here."""
    return platform in ("darwin", "win32") or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def free_port(first: int = 8888, tries: int = 100) -> int:
    """Return the first port from `first` on that nobody listens on at loopback; after `tries` of them, any that is free."""
    for port in range(first, first + tries):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def plan_server(notebook: Path, terminal: Sequence[str], *, browser: bool, root: bool) -> Server:
    """Work out how JupyterLab is started on a notebook.

    Its files are the workbooks' folder, so that other lessons are at hand; its terminals run `terminal`, where `podman` is the lessons'.
    """
    port, token = free_port(), secrets.token_urlsafe(24)
    place = quote(f"{notebook.parent.name}/{notebook.name}")
    argv = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.open_browser={browser}",
        f"--ServerApp.root_dir={notebook.parent.parent}",
        f"--LabApp.default_url=/lab/tree/{place}",
        f"--ServerApp.terminado_settings={{'shell_command': {list(terminal)!r}}}",
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
        *(["--allow-root"] if root else []),
    ]
    # By the environment, not on the command line: everybody on the machine may read that.
    # Our own page_config.json keeps the offer to fetch news from covering the lesson; the user's configuration still counts.
    ours = os.pathsep.join(filter(None, [str(Path(__file__).parent / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]))
    return Server(
        tuple(argv), {"JUPYTER_TOKEN": token, "JUPYTER_CONFIG_PATH": ours}, f"http://127.0.0.1:{port}/lab/tree/{place}?token={token}"
    )
