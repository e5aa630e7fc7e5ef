"""What Kubernetes lets names and labels look like (RFC 1123, RFC 1035; k8s.io/apimachinery, pkg/util/validation)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labkit.manifests.document import Document, FieldPath

__all__ = ["check_dns_label", "check_labels", "check_name", "check_port_name"]

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_WORD = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LONGEST_LABEL, _LONGEST_NAME, _LONGEST_PORT_NAME = 63, 253, 15


def check_name(doc: Document) -> None:
    """Check metadata.name, by the rule for the document's kind. Raises ManifestError."""
    path = ("metadata", "name")
    name = doc.data["metadata"].get("name")
    if not isinstance(name, str) or not name:
        written = doc.written(path)
        fix = f'quote it: "{written}"' if written and name is not None else "add `name:` under `metadata:`"
        raise doc.error(path, f"`{written}` where a name should be" if written else "an object without a name", fix)
    if doc.api_version.startswith("rbac.authorization.k8s.io/"):
        if name in (".", "..") or "/" in name or "%" in name:
            raise doc.error(path, f"`{name}`", "use a name without `/` and `%`")
    elif doc.kind == "Service":
        _check(doc, name, path, _SERVICE_NAME, _LONGEST_LABEL, "lower-case letters, digits and `-`, from a letter on")
    elif doc.kind == "Namespace":
        check_dns_label(doc, name, path)
    else:
        _check(doc, name, path, _DNS_SUBDOMAIN, _LONGEST_NAME, "lower-case letters, digits, `-` and `.`")


def check_dns_label(doc: Document, name: str, path: FieldPath) -> None:
    """Check the name of a container or volume: one DNS label. Raises ManifestError."""
    _check(doc, name, path, _DNS_LABEL, _LONGEST_LABEL, "lower-case letters, digits and `-`")


def check_port_name(doc: Document, name: str, path: FieldPath) -> None:
    """Check the name of a port: an IANA service name, with a letter in it (RFC 6335). Raises ManifestError."""
    _check(doc, name, path, _DNS_LABEL, _LONGEST_PORT_NAME, "lower-case letters, digits and `-`")
    if not re.search("[a-z]", name) or "--" in name:
        raise doc.error(path, f"`{name}`, which is no name of a port", "use a name with a letter and without `--`, such as `http`")


def _check(doc: Document, name: str, path: FieldPath, form: re.Pattern[str], longest: int, allowed: str) -> None:
    if len(name) > longest:
        raise doc.error(path, f"a name of {len(name)} characters", f"use at most {longest} characters")
    if not form.fullmatch(name):
        better = re.sub("[^a-z0-9.-]+" if form is _DNS_SUBDOMAIN else "[^a-z0-9-]+", "-", name.lower()).strip("-.")
        fix = f"write {better}" if form.fullmatch(better) else "choose such a name"
        raise doc.error(path, f"`{name}`; Kubernetes allows {allowed}, with a letter or digit at both ends", fix)


def check_labels(doc: Document, labels: Mapping[str, Any] | None, path: FieldPath, *, values: bool = True) -> None:
    """Check keys, and with `values` the values too (those of annotations are free). Raises ManifestError."""
    for key, value in (labels or {}).items():
        prefix, slash, word = key.rpartition("/")
        if slash and not (_DNS_SUBDOMAIN.fullmatch(prefix.lower()) and len(prefix) <= _LONGEST_NAME):
            raise doc.error(
                (*path, key), f"the key `{key}`, whose prefix `{prefix}` is no DNS name", "write a prefix such as example.org/, or none"
            )
        if not word or not _is_word(word):
            raise doc.error(
                (*path, key), f"the key `{key}`", "use 1 to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"
            )
        if values and value is not None and not _is_word(value):
            raise doc.error(
                (*path, key),
                f"the value `{value[:80]}`",
                "use at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
            )


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and bool(_WORD.fullmatch(text))
