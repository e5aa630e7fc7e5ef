"""Check a whole object, the way the API server would: what it is, its fields, and the rules between them."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.manifests.container_rules import CONTAINER_RULES
from labkit.manifests.document import Document
from labkit.manifests.fields import Rule, check_fields, table
from labkit.manifests.names import check_name
from labkit.manifests.object_rules import OBJECT_RULES
from labkit.manifests.pod_rules import POD_RULES
from labkit.manifests.spelling import closest

__all__ = ["validate"]

_RULES: Mapping[str, Rule] = {**POD_RULES, **CONTAINER_RULES, **OBJECT_RULES}
_COMMON = ("Pod", "Deployment", "Service", "ConfigMap", "Secret", "PersistentVolumeClaim")
_NEEDS_SPEC = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Service", "PersistentVolumeClaim")


def validate(doc: Document) -> None:
    """Check an object as `kubectl apply --validate=strict` does, and by the API server's rules for pods and what holds them.

    Kinds of a group that Kubernetes does not have itself (custom resources) are only asked for apiVersion, kind and a name.
    Raises ManifestError for the first fault, with file, line and field.
    """
    for field in ("apiVersion", "kind"):
        _check_present(doc, field)
    kind = table().kinds.get(f"{doc.api_version}/{doc.kind}")
    if kind is None:
        _check_custom(doc)
    metadata = doc.data.get("metadata")
    if metadata is None:
        raise _missing(doc, "metadata", "add `metadata:` with a `name:` under it")
    check_fields(doc, metadata, "V1ObjectMeta", ("metadata",), _RULES)
    check_name(doc)
    if kind is None:
        return
    check_fields(doc, doc.data, kind, (), _RULES)
    if doc.kind in _NEEDS_SPEC and doc.data.get("spec") is None:
        raise _missing(doc, "spec", "add `spec:` and what is in it")


def _check_present(doc: Document, field: str) -> None:
    value = doc.data.get(field)
    if value is None:
        versions = _versions(doc.kind)
        raise _missing(
            doc,
            field,
            f"add `{field}: {versions[0] if field == 'apiVersion' and versions else {'apiVersion': 'v1', 'kind': 'Pod'}[field]}`",
        )
    if not isinstance(value, str):
        written = doc.written((field,))
        raise doc.error(
            (field,), f"`{written}`, which is no text" if written else "more than one value", f'write one text, such as {field}: "..."'
        )


def _missing(doc: Document, field: str, fix: str) -> Exception:
    """Make the error for a field at the top that is not there, or that is there under another spelling."""
    meant = closest(field, [key for key in doc.data if key not in ("apiVersion", "kind", "metadata", "spec")])
    if meant and field not in doc.data:
        return doc.error((meant,), f"`{meant}` where `{field}` should be", f"write `{field}`")
    return doc.error((field,), f"an object without `{field}`", fix)


def _versions(kind: str) -> list[str]:
    """Return the apiVersions that have a kind, the stable ones first."""
    found = [version for version, _, name in (known.rpartition("/") for known in table().kinds) if name == kind]
    return sorted(found, key=lambda version: ("alpha" in version or "beta" in version, version.count("."), version))


def _check_custom(doc: Document) -> None:
    """Let kinds of other people's groups pass; say what was meant by all other kinds that Kubernetes does not have."""
    group = doc.api_version.rpartition("/")[0]
    versions = {known.rpartition("/")[0] for known in table().kinds}
    if "." in group and group not in {version.rpartition("/")[0] for version in versions}:
        return
    elsewhere = _versions(doc.kind)
    if elsewhere:
        raise doc.error(("apiVersion",), f"`{doc.api_version}`, which has no {doc.kind}", f"write apiVersion: {elsewhere[0]}")
    here = [known.rpartition("/")[2] for known in table().kinds if known.rpartition("/")[0] == doc.api_version]
    meant = closest(doc.kind, here) or closest(doc.kind, [known.rpartition("/")[2] for known in table().kinds], 0.8)
    if meant:
        raise doc.error(("kind",), f"`{doc.kind}`, which is no kind of object", f"write kind: {meant}")
    if doc.api_version not in versions:
        version = closest(doc.api_version, versions)
        raise doc.error(("apiVersion",), f"`{doc.api_version}`, which Kubernetes does not have", f"write apiVersion: {version or 'v1'}")
    raise doc.error(("kind",), f"`{doc.kind}`, which is no kind of object", f"write a kind such as {', '.join(_COMMON)}")
