"""Delete objects of the lesson's namespaces, and look that they are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from labkit import wait
from labkit.engines import Report
from labkit.engines.kubernetes_api import NAMESPACE, POD, Api, Json, Kind, labels_of
from labkit.engines.kubernetes_errors import Refused, is_gone
from labkit.engines.kubernetes_home import Home
from labkit.engines.kubernetes_look import owned
from labkit.engines.stamp import LESSON, Stamp
from labkit.errors import ConflictError, LabError

__all__ = ["Sweeper"]

_FURNITURE = {"ServiceAccount": "default", "ConfigMap": "kube-root-ca.crt"}
"""What the cluster itself puts into every namespace."""
_NOTES = ("Event", "Endpoints", "EndpointSlice", "ControllerRevision", "Lease")
"""Kinds that the cluster's own parts write for themselves: they go too, but nobody made them on purpose."""
_MIDDLEMEN = (Kind("ReplicaSet", "replicasets", "apps/v1"), Kind("Job", "jobs", "batch/v1"), POD)
"""Kinds whose objects other objects make, from above to below."""
_AT_ONCE = {"gracePeriodSeconds": "0", "propagationPolicy": "Background"}


class Sweeper:
    """Delete one object with what it made, or everything."""

    def __init__(self, api: Api, report: Report, stamp: Stamp, home: Home) -> None:
        self._api, self._report, self._stamp, self._home = api, report, stamp, home

    def delete(self, kind: Kind, name: str, *, grace: int | None) -> None:
        """Delete an object and the pods that it made, and wait until they are gone; `grace` in seconds, None: the pods' own.

        With grace 0 the API server forgets a pod at once and its node ends it a moment later. Raises LabError when there is none of that
        name, ConflictError for one outside the lesson's namespace that this lesson did not make.
        """
        namespace = self._home.name if kind.namespaced else ""
        title, path = kind.titled(name), kind.path(namespace, name)
        found = self._get(path)
        if found is None or self._home.look() is None:
            raise LabError(f"delete {title}", f"there is no {title} in {namespace or 'this cluster'}", "run lab.get() to see what is there")
        if not namespace and not self._stamp.owns(labels_of(found)):
            raise ConflictError(f"delete {title}", "this lesson did not make it", "leave it, or remove it by hand with kubectl")
        uids = {str(found["metadata"]["uid"])}
        made = self._made_by(uids, namespace)
        self._delete([path], title, grace)
        pods = [each.rpartition("/")[2] for each in made if each.startswith(POD.path(namespace))]
        if pods and grace is not None:
            self._report.command(f"kubectl delete pod {' '.join(pods)}{_flags(grace)}")

        def left() -> list[str]:
            """Look, and hurry what is left of what it made: a controller that has not heard of its end makes a pod once more."""
            still = self._made_by(uids, namespace)
            if grace is not None:
                self._ask_to_delete([each for each, data in still.items() if grace == 0 or not _is_ending(data)], grace)
            now = self._get(path)
            # One of the same name may be another one: a StatefulSet's pod comes back at once.
            return [*still, *([path] if now and now["metadata"]["uid"] in uids else [])]

        wait.until(
            left,
            lambda paths: not paths,
            what=f"{title} is deleted",
            timeout=30 + (max(map(_grace, (found, *made.values()))) if grace is None else grace),
            fix=f"look what holds it: kubectl get {title} --output yaml",
            describe=lambda paths: f"still there: {', '.join(each.rpartition('/')[2] for each in paths)}",
            longest_pause=0.1,
        )

    def _delete(self, paths: Sequence[str], shown: str, grace: int | None) -> None:
        self._report.command(f"kubectl delete {shown}{_flags(grace)}")
        self._ask_to_delete(paths, grace)

    def _ask_to_delete(self, paths: Sequence[str], grace: int | None) -> None:
        query = {"propagationPolicy": "Background", **({} if grace is None else {"gracePeriodSeconds": str(grace)})}
        for path in paths:
            try:
                self._api.ask("DELETE", path, query=query)
            except Refused as error:
                if not is_gone(error):
                    raise

    def _made_by(self, uids: set[str], namespace: str) -> dict[str, Json]:
        """Return what objects with these uids have made, and what that has made, by path; `uids` grows by theirs."""
        found: dict[str, Json] = {}
        for kind in _MIDDLEMEN if namespace else ():
            for each in self._api.ask("GET", kind.path(namespace)).data["items"]:
                if uids & {reference["uid"] for reference in each["metadata"].get("ownerReferences") or ()}:
                    uids.add(str(each["metadata"]["uid"]))
                    found[kind.path(namespace, each["metadata"]["name"])] = each
        return found

    def _get(self, path: str) -> Json | None:
        try:
            return self._api.ask("GET", path).data
        except Refused as error:
            if is_gone(error):
                return None
            raise

    def sweep(self) -> tuple[str, ...]:
        """Delete everything of this lesson and owner at once, look that it is gone, and return the names. The namespace stays, empty."""
        kinds = [each for each in self._api.kinds(fresh=True) if {"list", "deletecollection"} <= set(each.verbs)]
        # What makes pods goes before the pods, else it makes new ones.
        kinds.sort(key=lambda kind: "/" not in kind.api_version)
        gone: dict[str, None] = {}
        if self._home.look() is not None:
            gone |= self._empty(self._home.name, [each for each in kinds if each.namespaced])
        for other in self._others():
            self._empty(other, [each for each in kinds if each.namespaced])
            self.delete(NAMESPACE, other, grace=0)
            gone[NAMESPACE.titled(other)] = None
        gone |= self._everywhere([each for each in kinds if not each.namespaced])
        return tuple(gone)

    def namespaces(self, ours: Callable[[Mapping[str, str]], bool]) -> dict[str, Mapping[str, str]]:
        """Return the labels of each namespace, by name, that labkit made for whichever lesson and owner and of which `ours` says yes."""
        found = self._api.ask("GET", NAMESPACE.path(), query={"labelSelector": LESSON}).data["items"]
        return {each["metadata"]["name"]: labels_of(each) for each in found if ours(labels_of(each))}

    def remove(self, namespaces: Iterable[str]) -> None:
        """Delete whole namespaces that labkit made, without waiting: the cluster takes 6 s for each. Raises ConflictError for others."""
        ours = self.namespaces(lambda labels: True)
        for name in namespaces:
            if name not in ours:
                raise ConflictError(f"delete namespace/{name}", "labkit did not make it", "leave it, or remove it by hand with kubectl")
            self._delete([NAMESPACE.path(name=name)], f"namespace {name} --wait=false", None)

    def _others(self) -> list[str]:
        found = self._api.ask("GET", NAMESPACE.path(), query=owned(self._stamp)).data["items"]
        return sorted(each["metadata"]["name"] for each in found if each["metadata"]["name"] != self._home.name)

    def _empty(self, namespace: str, kinds: Sequence[Kind]) -> dict[str, None]:
        """Delete all that is in a namespace, and return the names of what somebody made on purpose."""
        return self._until_gone(kinds, namespace, {}, "--all --grace-period=0 --force")

    def _everywhere(self, kinds: Sequence[Kind]) -> dict[str, None]:
        """Delete what is in no namespace and carries the labels of this lesson and owner."""
        query = owned(self._stamp)
        return self._until_gone(kinds, "", query, f"--selector {query['labelSelector']}")

    def _until_gone(self, kinds: Sequence[Kind], namespace: str, query: Mapping[str, str], flags: str) -> dict[str, None]:
        purposely: dict[str, None] = {}
        shown: list[str] = []

        def left() -> list[str]:
            """Look, and delete what is there: an owner that was quicker than its end may have made something once more."""
            found = {kind: items for kind in kinds if (items := self._items(kind.path(namespace), {**query, **_without_furniture(kind)}))}
            on_purpose = [kind for kind in found if kind.name not in _NOTES]
            if on_purpose and not shown:
                shown.append(f"kubectl delete {','.join(kind.plural for kind in on_purpose)} {flags}")
                self._report.command(shown[0])
            for kind, items in found.items():
                if kind in on_purpose:
                    own = [each for each in items if not each["metadata"].get("ownerReferences")]
                    purposely.update(dict.fromkeys(kind.titled(each["metadata"]["name"]) for each in own))
                self._delete_all(kind.path(namespace), {**query, **_without_furniture(kind)})
            return [kind.titled(each["metadata"]["name"]) for kind, items in found.items() if kind.name != "Event" for each in items]

        wait.until(
            left,
            lambda names: not names,
            what=f"everything in {namespace or 'the cluster'} that this lesson made is deleted",
            timeout=60,
            fix="look what holds it: kubectl get KIND/NAME --output yaml names its finalizers",
            describe=lambda names: f"still there: {', '.join(names)}",
            first_pause=0.05,
            longest_pause=0.2,
        )
        return purposely

    def _items(self, path: str, query: Mapping[str, str]) -> Sequence[Json]:
        try:
            return list(self._api.ask("GET", path, query=query).data["items"])
        except Refused as error:
            if error.status in (403, 404, 405):
                return ()
            raise

    def _delete_all(self, path: str, query: Mapping[str, str]) -> None:
        try:
            self._api.ask("DELETE", path, query={**query, **_AT_ONCE})
        except Refused as error:
            # Gone meanwhile, or deleted by somebody at the same moment: what counts is the look afterwards.
            if error.status not in (404, 409):
                raise


def _without_furniture(kind: Kind) -> dict[str, str]:
    return {"fieldSelector": f"metadata.name!={_FURNITURE[kind.name]}"} if kind.name in _FURNITURE else {}


def _flags(grace: int | None) -> str:
    return {None: "", 0: " --grace-period=0 --force"}.get(grace, f" --grace-period={grace}")


def _is_ending(data: Json) -> bool:
    return "deletionTimestamp" in data["metadata"]


def _grace(data: Json) -> int:
    return int((data.get("spec") or {}).get("terminationGracePeriodSeconds") or 0)
