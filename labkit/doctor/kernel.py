"""What the kernel and the system's settings allow an ordinary user."""

from __future__ import annotations

from labkit.doctor.finding import Finding, fault, note, ok
from labkit.doctor.podman import set_up
from labkit.host.account import IDS_WANTED
from labkit.host.facts import Facts
from labkit.host.packages import install_command

__all__ = ["account", "as_root", "cgroups", "devices", "subordinate_ids", "systemd", "user_namespaces"]


def as_root(facts: Facts, command: str) -> str:
    """Return `command` as one types it: with sudo, unless we are root."""
    return command if facts.is_root else f"sudo {command}"


def account(facts: Facts) -> Finding:
    """Look at who runs Podman."""
    if not facts.account:
        return fault("account", "we are root, and there is no ordinary account yet to run Podman as", "make setup")
    return ok("account", f"{facts.account}, as whom root runs Podman" if facts.is_root else facts.account)


def subordinate_ids(facts: Facts) -> Finding:
    """Look at the ids that stand for the users inside containers (subuid(5))."""
    what = "subuid, subgid"
    tool = facts.tools.get("newuidmap")
    if tool is None or not tool.path:
        return fault(what, "newuidmap is missing, which maps them into a container", set_up(facts, install_command(facts, ["uidmap"])))
    lacking = [("--add-subuids", facts.subuid), ("--add-subgids", facts.subgid)]
    span = f"{facts.next_subid}-{facts.next_subid + IDS_WANTED - 1}"
    flags = " ".join(f"{flag} {span}" for flag, count in lacking if count < IDS_WANTED)
    if flags:
        found = f"{facts.subuid} user ids and {facts.subgid} group ids for `{facts.account}`; Podman wants {IDS_WANTED} of each"
        # Podman's pause process holds the old map until `system migrate` (podman-system-migrate(1)).
        return fault(what, found, set_up(facts, as_root(facts, f"usermod {flags} {facts.account} && podman system migrate")))
    return ok(what, f"{facts.subuid} and {facts.subgid} ids for `{facts.account}`")


def user_namespaces(facts: Facts) -> list[Finding]:
    """Look at whether an ordinary user may make a user namespace (user_namespaces(7)), through Podman and by hand."""
    what = "user namespaces"
    blocked = facts.unprivileged_userns_blocked
    if blocked:
        setting, _, _ = blocked.partition("=")
        allowed = 0 if setting.startswith("kernel.apparmor") else 1
        return [fault(what, f"{blocked} forbids them to Podman", as_root(facts, f"sysctl -w {setting}={allowed}"))]
    if facts.max_user_namespaces == 0:
        return [fault(what, "user.max_user_namespaces=0: none may be made", as_root(facts, "sysctl -w user.max_user_namespaces=28633"))]
    most = "" if facts.max_user_namespaces is None else f", at most {facts.max_user_namespaces}"
    row = ok(what, f"allowed{most}")
    if facts.unshare_error:
        return [row, note("unshare by hand", f"{facts.unshare_error}; through `podman unshare` it works")]
    return [row]


def devices(facts: Facts) -> list[Finding]:
    """Look at the devices that rootless networks and storage open."""
    return [_tun(facts), _fuse(facts)]


def _tun(facts: Facts) -> Finding:
    what, mode = "/dev/net/tun", facts.device_modes.get("/dev/net/tun")
    if mode is None:
        return fault(what, "not there: containers get no network", as_root(facts, "modprobe tun"))
    if not _open_to_all(mode):
        found = f"mode {mode:04o}: an ordinary user's containers get no network"
        return fault(what, found, set_up(facts, as_root(facts, "chmod 0666 /dev/net/tun")))
    return ok(what, f"mode {mode:04o}")


def _fuse(facts: Facts) -> Finding:
    what, mode = "/dev/fuse", facts.device_modes.get("/dev/fuse")
    # Native overlay (Linux 5.13 and later) needs no FUSE; where it is needed and fails, `podman info` says so.
    if mode is None:
        return note(what, "not there: storage through fuse-overlayfs is not possible, native overlay is", as_root(facts, "modprobe fuse"))
    if not _open_to_all(mode):
        found = f"mode {mode:04o}: storage through fuse-overlayfs is not possible, native overlay is"
        return note(what, found, set_up(facts, as_root(facts, "chmod 0666 /dev/fuse")))
    return ok(what, f"mode {mode:04o}")


def cgroups(facts: Facts) -> Finding:
    """Look at the cgroup version and at what of it an ordinary user may use (cgroups(7))."""
    if facts.cgroup != "v2":
        version = {"hybrid": "v1, with a v2 mount beside it (hybrid)", "v1": "v1"}.get(facts.cgroup, "no cgroups found")
        return note("cgroups", f"{version}: an ordinary user's memory limits do not work; labkit takes them out, and says so")
    delegated = ", ".join(facts.delegated_controllers)
    absent = [name for name in ("cpu", "memory", "pids") if name not in facts.delegated_controllers]
    if absent:
        found = f"v2, delegated to `{facts.account}`: {delegated or 'nothing'}; limits on {', '.join(absent)} do not work"
        return note("cgroups", found)
    return ok("cgroups", f"v2, delegated to `{facts.account}`: {delegated}")


def systemd(facts: Facts) -> Finding:
    """Look at the user's systemd, whose timers run Podman's health checks."""
    if facts.systemd_user:
        return ok("systemd", "the user's session runs Podman's health checks")
    return note("systemd", "no session for this user: labkit runs liveness probes itself, while a lesson is open")


def _open_to_all(mode: int) -> bool:
    return mode & 0o006 == 0o006
