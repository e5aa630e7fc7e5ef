"""Pull finished images from a classroom's registry; where that fails, say so and let the caller find another way."""

from __future__ import annotations

from collections.abc import Callable

from labkit.errors import CommandError, DeadlineError
from labkit.images.failures import in_short
from labkit.images.recipes import Recipe
from labkit.images.storage import is_right, stored
from labkit.process import Runner

__all__ = ["pull_finished"]

_LONGEST = 900.0
_PLAIN = "http://"
_NO_TLS = "server gave HTTP response to HTTPS client"


def pull_finished(runner: Runner, recipe: Recipe, mirror: str, say: Callable[[str], None]) -> bool:
    """Pull the image of `recipe` from `mirror`, and say whether that gave the right one; it gets its own name only then.

    `mirror` is [http://]host[:port][/prefix]. `http://` is for a registry without TLS, such as one that runs in the classroom for a day:
    Podman would otherwise ask for a certificate (podman-pull(1), --tls-verify).
    """
    plain = ["--tls-verify=false"] if mirror.startswith(_PLAIN) else []
    name = f"{mirror.removeprefix(_PLAIN).removeprefix('https://').rstrip('/')}/{recipe.short}"
    say(f"pulling {name}")
    try:
        runner.run(["podman", "pull", "--quiet", *plain, name], timeout=_LONGEST)
    except (CommandError, DeadlineError) as error:
        found = in_short(error)
        say(f"not pulled: it has no TLS; set LABKIT_REGISTRY={_PLAIN}{mirror}" if _NO_TLS in found else f"not pulled: {found}")
        return False
    if not is_right(stored(runner).get(name), recipe):
        say("not taken: the registry has it from another recipe")
        runner.run(["podman", "image", "rm", name], check=False)
        return False
    runner.run(["podman", "tag", name, recipe.reference])
    runner.run(["podman", "untag", name, name])
    return True
