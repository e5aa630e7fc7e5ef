"""Write objects as text for `podman kube play -` and `kubectl apply -f -`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from labkit.manifests.document import Document

__all__ = ["dump"]

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def dump(docs: Iterable[Document]) -> str:
    """Return the objects as JSON texts with `---` between them, which is YAML too (YAML 1.2, section 1.3).

    Every text is quoted, so that no reader takes `on` or `1e3` for something else.
    """
    return "---\n".join(f"{_json(doc)}\n" for doc in docs)


def _json(doc: Document) -> str:
    text = json.dumps(doc.data, indent=2, ensure_ascii=False)
    # YAML does not allow these characters as they are, JSON does; json.dumps would escape emoji as surrogates, which YAML does not read.
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
