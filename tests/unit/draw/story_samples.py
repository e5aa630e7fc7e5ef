"""Snapshots with events, worded as Kubernetes 1.37 and labkit's own kubelet word them, that the tests of stories are about."""

from __future__ import annotations

from labkit.model import Event, Phase, Pod, Snapshot

START = 1_790_000_000.25


def at(seconds: float, about: str, source: str, reason: str, message: str = "", **more: object) -> Event:
    return Event(START + seconds, about, reason, message, source, **more)  # type: ignore[arg-type]


def cluster(*events: Event, pods: tuple[Pod, ...] = ()) -> Snapshot:
    return Snapshot("kubernetes", "v1.37.2", pods=pods, events=events)


def placed(name: str, node: str, owner: str = "") -> Pod:
    return Pod(name, phase=Phase.RUNNING, node=node, owner=owner)


def put(seconds: float, pod: str, node: str) -> Event:
    return at(seconds, f"pod/{pod}", "default-scheduler", "Scheduled", f"Successfully assigned lab-11-ada/{pod} to {node}")


def started(seconds: float, pod: str, container: str, node: str) -> tuple[Event, ...]:
    about, kubelet = f"pod/{pod}/{container}", f"kubelet, {node}"
    image = 'Container image "localhost/labkit/nginx:1" already present on machine and can be accessed by the pod'
    return (
        at(seconds, about, kubelet, "Pulled", image),
        at(seconds + 0.04, about, kubelet, "Created", f"Container created: {container}"),
        at(seconds + 0.13, about, kubelet, "Started", f"Container started: {container}"),
    )


WEB = cluster(put(0, "web", "one"), *started(0.52, "web", "wait", "one"), *started(3.9, "web", "app", "one"), pods=(placed("web", "one"),))
COPIES = {"web-7d4b9c6f5d-2xk9q": "lab-worker", "web-7d4b9c6f5d-8vwzp": "lab-worker2", "web-7d4b9c6f5d-x7mfl": "lab-worker"}
SET = "replicaset/web-7d4b9c6f5d"


def crowd() -> Snapshot:
    """Three copies of a pod of three containers on two nodes; the readiness probe of one fails for a while, another's image is missing."""
    events = [at(0, "deployment/web", "deployment-controller", "ScalingReplicaSet", "Scaled up replica set web-7d4b9c6f5d from 0 to 3")]
    for number, (pod, node) in enumerate(COPIES.items()):
        events.append(at(0.02 + number / 100, SET, "replicaset-controller", "SuccessfulCreate", f"Created pod: {pod}"))
        events.append(put(0.06 + number / 50, pod, node))
        for place, container in enumerate(("migrate", "log-shipper", "app")):
            events += started(0.7 + number / 10 + place, pod, container, node)
    probed = f"pod/{list(COPIES)[1]}/app"
    why = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    events += [at(5 + 5 * number, probed, "kubelet, lab-worker2", "Unhealthy", why, warning=True) for number in range(4)]
    gone = list(COPIES)[2]
    killed = "Stopping container app"
    events.append(at(63.2, f"pod/{gone}/app", "kubelet, lab-worker", "Killing", killed))
    events.append(at(63.3, SET, "replicaset-controller", "SuccessfulDelete", f"Deleted pod: {gone}"))
    pods = tuple(placed(pod, node, SET) for pod, node in COPIES.items() if pod != gone)
    return cluster(*sorted(events, key=lambda event: event.time), pods=pods)


PODMAN = Snapshot(
    "podman",
    "4.3.1",
    pods=(placed("shop", ""),),
    events=(
        at(0, "pod/shop/migrate", "", "Started"),
        at(0.8, "pod/shop/migrate", "", "Failed", "exit code 1"),
        at(1.9, "pod/shop/migrate", "", "Started", "again"),
        at(2.6, "pod/shop/migrate", "", "Completed"),
        at(2.9, "pod/shop/logs", "", "Started"),
        at(9.0, "pod/shop/web", "", "Unhealthy", "readiness probe failed: curl: (7) Failed to connect to localhost port 80"),
        at(10.1, "pod/shop/web", "", "Unhealthy", "readiness probe failed: curl: (7) Failed to connect to localhost port 80"),
    ),
)
