"""Manifests: from YAML to checked objects that know where they were written, and back.

documents = read(Path("web.yaml"))          file, line and field of every error
for document in documents:
    validate(document)                      as kubectl does with --validate=strict
marked = [stamp(document, labels) for document in documents]
dump(marked)                                for `podman kube play -`
predicted(marked)                           the Snapshot that should come out
"""

from __future__ import annotations

from labkit.manifests.document import Document, FieldPath, Place, dotted
from labkit.manifests.pods import pod_from, pod_of, predicted
from labkit.manifests.reader import parse, read
from labkit.manifests.schema import validate
from labkit.manifests.stamp import stamp
from labkit.manifests.workloads import expand
from labkit.manifests.writer import dump

__all__ = [
    "Document",
    "FieldPath",
    "Place",
    "dotted",
    "dump",
    "expand",
    "parse",
    "pod_from",
    "pod_of",
    "predicted",
    "read",
    "stamp",
    "validate",
]
