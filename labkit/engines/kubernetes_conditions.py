"""What it means for an object of a cluster to be ready, bound, complete: pure, from its own JSON."""

from __future__ import annotations

from labkit.engines.kubernetes_api import Json

__all__ = ["ROLLED_OUT", "holds", "is_hopeless", "is_ready", "replicas", "told"]

ROLLED_OUT = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
"""Kinds that are ready when all their pods are (`kubectl rollout status`)."""
_HOPELESS = (
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
)


def replicas(data: Json) -> tuple[int, int, int, int]:
    """Return how many pods are wanted, are there, are of the newest template, and are ready."""
    spec, status = data.get("spec") or {}, data.get("status") or {}
    if data["kind"] == "DaemonSet":
        names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberReady")
        wanted, there, updated, ready = (int(status.get(name) or 0) for name in names)
        return wanted, there, updated, ready
    if data["kind"] == "Job":
        done, active = int(status.get("succeeded") or 0), int(status.get("active") or 0)
        return int(spec.get("completions") or 1), done + active, done + active, int(status.get("ready") or 0)
    wanted = int(1 if spec.get("replicas") is None else spec["replicas"])
    there, ready = int(status.get("replicas") or 0), int(status.get("readyReplicas") or 0)
    # A ReplicaSet has one template for ever, so all of its pods are of the newest.
    updated = there if data["kind"] == "ReplicaSet" else int(status.get("updatedReplicas") or 0)
    return wanted, there, updated, ready


def is_ready(data: Json) -> bool:
    """Say whether an object is ready: its condition says so, or all its pods are there, new and ready."""
    if data.get("kind") in ROLLED_OUT:
        status = data.get("status") or {}
        seen = int(status.get("observedGeneration") or 0) >= int(data["metadata"].get("generation") or 0)
        wanted, there, updated, ready = replicas(data)
        return seen and wanted == there == updated == ready
    return _condition(data, "Ready")


def holds(data: Json, condition: str) -> bool:
    """Say whether a condition or a phase of that name holds: Ready, Available, Complete, Bound, Running, Succeeded..."""
    if condition == "Ready":
        return is_ready(data)
    return (data.get("status") or {}).get("phase") == condition or _condition(data, condition)


def _condition(data: Json, name: str) -> bool:
    conditions = (data.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == name and each.get("status") == "True" for each in conditions)


def is_hopeless(data: Json) -> bool:
    """Say whether a pod has ended, or one of its containers fails or has failed: waiting longer for it makes little sense."""
    status = data.get("status") or {}
    states = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    failing = any((each.get("state") or {}).get("waiting", {}).get("reason") in _HOPELESS for each in states)
    ended = any((each.get("state") or {}).get("terminated", {}).get("exitCode") for each in states)
    # Between two crashes a container without a readiness probe is called ready.
    again = any(each.get("restartCount") for each in states)
    return failing or ended or again or status.get("phase") in ("Succeeded", "Failed")


def told(data: Json) -> str:
    """Return the state of an object that is no pod in a sentence: its phase, its pods, and the conditions that do not hold."""
    words = []
    status = data.get("status") or {}
    if status.get("phase"):
        words.append(str(status["phase"]))
    if data.get("kind") in ROLLED_OUT:
        wanted, there, updated, ready = replicas(data)
        words.append(f"{ready} of {wanted} pods ready, {there} there, {updated} of the newest template")
    for each in status.get("conditions") or ():
        holding = each.get("status") == "True"
        if each.get("message") and (not holding or each.get("type") in ("Failed", "ReplicaFailure")):
            words.append(f"{each['type']} is {each['status']}: {each['message']}")
    title = f"{data.get('kind', 'object').lower()}/{data['metadata']['name']}"
    return f"{title}: " + ("\n".join(words) or "there, without a state of its own")
