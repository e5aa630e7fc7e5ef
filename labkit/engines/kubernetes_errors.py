"""An API server's refusals, turned into what was found, where, and the one thing to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from labkit.errors import ConflictError, LabError
from labkit.manifests import Document, FieldPath, dotted

__all__ = ["Cause", "Refused", "explained", "field_path", "is_gone", "is_immutable"]

_STEP = re.compile(r"""\.?(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<named>\w+="?[^\]]*)\]|\[(?P<quoted>[^\]]+)\]""")
_TYPED = re.compile(r"(?:^\s*|[:(] )\.(?P<field>\S+): (?P<message>[^\n]+)", re.MULTILINE)
_DIFF = re.compile(r"\n@@.*", re.DOTALL)
_FIXED_FIELDS = re.compile(r"updates? (?:may not|to statefulset spec)|field is immutable|is immutable after creation")
_LISTED_FIRST = 4


class Cause(NamedTuple):
    """One reason why an object was refused: the `field` as the server writes it, and its `message`."""

    field: str
    message: str


class Refused(LabError):
    """The API server answered, and said no. `status` is the HTTP code, `reason` its word (NotFound, Forbidden, Invalid, Conflict...)."""

    def __init__(self, tried: str, status: int, reason: str, message: str, causes: Sequence[Cause] = (), fix: str = "") -> None:
        self.status, self.reason, self.message, self.causes = status, reason, message, tuple(causes)
        super().__init__(tried, f"{status} {reason}: {message}", fix or _fix(status, message))

    @classmethod
    def read(cls, tried: str, status: int, body: str) -> Refused:
        """Read the Status object in which an API server says no (Status v1 meta)."""
        try:
            said: Mapping[str, Any] = json.loads(body)
        except ValueError:
            said = {"message": body.strip() or "no reason given"}
        listed = (said.get("details") or {}).get("causes") or ()
        causes = [Cause(each.get("field") or "", _DIFF.sub("", each.get("message") or "")) for each in listed]
        message = _DIFF.sub("", said.get("message") or "no reason given")
        return cls(tried, status, said.get("reason") or "Error", message, causes or list(_typed_causes(message)))


def _typed_causes(message: str) -> Iterator[Cause]:
    """Yield the fields that a server-side apply could not read: it says them in its message only."""
    for found in _TYPED.finditer(message):
        yield Cause(found["field"], found["message"])


def _fix(status: int, message: str) -> str:
    if "exceeded quota" in message:
        return "ask for less, or delete something: `kubectl describe quota` shows what is used"
    if "violates PodSecurity" in message:
        return "take out of the pod what the message names, or run it where the namespace allows more"
    if status == 401:
        return "run `labkit up`: it writes the credentials anew"
    if status == 403:
        return "ask whoever runs the cluster for that right: `kubectl auth can-i --list` shows what you may do"
    if status in (429, 500, 503, 504):
        return "try again in a moment; if it repeats, run `labkit up`"
    return "read the message; `kubectl explain` tells what a field may hold"


def is_gone(error: Refused) -> bool:
    """Say whether the server refused because the object, its namespace or its kind is not there."""
    return error.status == 404


def is_immutable(error: Refused) -> bool:
    """Say whether all that is wrong is that these fields cannot be changed once the object is there."""
    return error.status == 422 and bool(error.causes) and all(_FIXED_FIELDS.search(cause.message) for cause in error.causes)


def explained(error: Refused, document: Document, *, title: str) -> LabError:
    """Return the refusal of a document as an error with its file, line and field."""
    if error.status == 409:
        return ConflictError(f"apply {title}", error.message, f"delete {title} first, or take the field out of {document.file}")
    if error.causes:
        # A wrong value is also a changed one: that it may not be changed is not what has to be told.
        causes = [cause for cause in error.causes if not _FIXED_FIELDS.search(cause.message)] or list(error.causes)
        found = [_told(cause, document) for cause in causes[:_LISTED_FIRST]]
        if len(causes) > _LISTED_FIRST:
            found.append(f"and {len(causes) - _LISTED_FIRST} more")
        fix = f'delete it first: lab.delete("{title}")' if is_immutable(error) else "correct the field"
        return document.error(field_path(causes[0].field, document.data), "\n".join(found), fix)
    about: FieldPath = ("spec",) if "spec" in document.data else ()
    # What cannot be read at all is refused with 500 by a server-side apply, as if the server were to blame.
    unreadable = error.status == 400 or error.message.startswith("failed to ")
    return document.error(about, error.message, "correct what the message names" if unreadable else error.fix)


def _told(cause: Cause, document: Document) -> str:
    path = field_path(cause.field, document.data)
    message = "there is no such field" if cause.message == "field not declared in schema" else cause.message
    return f"{dotted(path)} (line {document.line(path)}): {message}" if cause.field else message


def field_path(field: str, data: Any) -> FieldPath:
    """Return the way to a field that a server names: `spec.containers[0].image`, or `spec.containers[name="app"].image`.

    An item that is named by its keys is looked up in `data`; the path ends where it is not there.
    """
    path: list[str | int] = []
    here = data
    for step in _STEP.finditer(field):
        key = _key(step, here)
        if key is None:
            break
        path.append(key)
        here = _part(here, key)
    return tuple(path)


def _key(step: re.Match[str], here: Any) -> str | int | None:
    if step["index"]:
        return int(step["index"])
    return _index(here, step["named"]) if step["named"] else step["key"] or step["quoted"]


def _index(items: Any, keys: str) -> int | None:
    wanted = dict(pair.split("=", 1) for pair in keys.split(","))
    for index, item in enumerate(items if isinstance(items, list) else ()):
        # The server names every key of the list, also those that it filled in itself.
        if isinstance(item, dict) and all(key not in item or str(item[key]) == value.strip('"') for key, value in wanted.items()):
            return index
    return None


def _part(data: Any, key: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(key)
    return data[key] if isinstance(data, list) and isinstance(key, int) and key < len(data) else None
