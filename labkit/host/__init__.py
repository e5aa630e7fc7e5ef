"""The host: what it is, what it lacks, and how Podman runs on it.

facts -> packages, podman_conf (pure) -> setup (does it) -> seat (how everything else runs podman afterwards).
"""

__all__ = ["account", "facts", "gather", "packages", "paths", "podman_conf", "seat", "setup"]
