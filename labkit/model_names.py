"""Find one thing of a snapshot by its name."""

from __future__ import annotations

from typing import Protocol, TypeVar

__all__ = ["Missing", "named"]


class Missing(KeyError):
    """There is no object of that name; the message names those that there are."""

    def __str__(self) -> str:
        return str(self.args[0])


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def named(things: tuple[N, ...], name: str, what: str) -> N:
    """Return the first thing of that name. Raises Missing, which names those that there are."""
    for thing in things:
        if thing.name == name:
            return thing
    raise Missing(f"no {what} is called {name!r}; there is: {', '.join(t.name for t in things) or 'none'}")
