"""The exercises of lesson 11, judged by what the cluster does: by pages, by new pods after a deletion, and by who reported what."""

import contextlib
import io
import json
from typing import Any

from labkit import CommandError, DeadlineError, Lab, Verdict, check, not_yet, passed
from labkit.wait import until

Json = dict[str, Any]

WANTED = 3
"""Web servers that `shop` keeps."""


def _quietly(lab: Lab, command: str) -> str:
    """Return what a command writes. It is not shown: a check asks again and again."""
    with contextlib.redirect_stdout(io.StringIO()):
        return str(lab.run(command))


def _items(lab: Lab, what: str) -> list[Json]:
    items: list[Json] = json.loads(_quietly(lab, f"kubectl get {what} --output json"))["items"]
    return items


def _pod(lab: Lab, name: str) -> Json | None:
    return next((pod for pod in _items(lab, "pods") if pod["metadata"]["name"] == name), None)


def _uid(pod: Json) -> str:
    return str(pod["metadata"]["uid"])


def _condition(pod: Json, name: str) -> Json:
    conditions: list[Json] = pod["status"].get("conditions", [])
    return next((each for each in conditions if each["type"] == name), {})


def _ready(pod: Json) -> bool:
    return _condition(pod, "Ready").get("status") == "True"


def _trouble(pod: Json) -> str:
    """Return why a pod is not ready, in the words of whoever reports it: scheduler or kubelet."""
    waiting = [status["state"]["waiting"] for status in pod["status"].get("containerStatuses", []) if "waiting" in status["state"]]
    reasons = [_condition(pod, "PodScheduled").get("message", "")] + [each.get("reason", "") for each in waiting]
    return ": ".join([f"pod/{pod['metadata']['name']} is {pod['status']['phase']}", *(reason for reason in reasons if reason)])


def _serves(lab: Lab, pod: Json) -> bool:
    """Say whether a pod gives a page to itself on port 80."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return bool(lab.exec(pod["metadata"]["name"], "curl --silent --fail --max-time 2 localhost").strip())
        except CommandError:
            return False


@check(
    "self-healing",
    hints=[
        "A pod that nobody stands behind is gone when it is deleted. Who made `kiosk` whole again?",
        "`kubectl create deployment --help` has a flag for how many. In a file, it is `replicas`, beside `selector` and `template`.",
        "The selector has to find the labels that the template gives to the pods. Is the name `shop`, and are there three that are ready?",
    ],
)
def self_healing(lab: Lab) -> Verdict:
    """Delete all but one of the pods of `shop`, and look for others in their place."""
    expected = f"{WANTED} web servers called shop that are ready, and {WANTED} again after some of them are deleted"
    pods = _shop(lab)
    ready = [pod for pod in pods if _ready(pod)]
    if len(pods) != WANTED or len(ready) != WANTED:
        troubles = "".join(f"\n{_trouble(pod)}" for pod in pods if not _ready(pod))
        return not_yet(f"of shop, {len(ready)} are ready, and not {WANTED}{troubles}", expected=expected, look="lab.get()")
    for pod in pods:
        name = pod["metadata"]["name"]
        if not pod["metadata"].get("ownerReferences"):
            look = f'lab.run("kubectl get pod {name} -o yaml") - there are no ownerReferences'
            return not_yet(f"pod/{name} is a bare pod: nobody would make another one", expected=expected, look=look)
        if not _serves(lab, pod):
            return not_yet(f"pod/{name} is ready and gives no page on port 80", expected=expected, look=f'lab.logs("{name}")')
    return _after_deleting(lab, pods, expected)


def _shop(lab: Lab) -> list[Json]:
    """Return the pods of whatever is called shop, without those that are going."""
    named = [pod for pod in _items(lab, "pods") if pod["metadata"]["name"] == "shop" or pod["metadata"]["name"].startswith("shop-")]
    return [pod for pod in named if "deletionTimestamp" not in pod["metadata"]]


def _after_deleting(lab: Lab, whole_shop: list[Json], expected: str) -> Verdict:
    """Delete all but the first."""
    victims, before = whole_shop[1:], {_uid(pod) for pod in whole_shop}
    names, gone = [pod["metadata"]["name"] for pod in victims], {_uid(pod) for pod in victims}
    _quietly(lab, f"kubectl delete pod {' '.join(names)} --grace-period=1 --wait=false")

    def whole(pods: list[Json]) -> bool:
        return len(pods) == WANTED and all(_ready(pod) and _uid(pod) not in gone for pod in pods)

    try:
        pods = until(lambda: _shop(lab), whole, what="shop is whole again", timeout=20, fix="look", longest_pause=0.2)
    except DeadlineError:
        left = len([pod for pod in _shop(lab) if _uid(pod) not in gone and _ready(pod)])
        return not_yet(f"{' and '.join(names)} were deleted, and 20 s later {left} are ready", expected=expected, look="lab.get()")
    if not all(_serves(lab, pod) for pod in pods):
        return not_yet("what came in the place of the deleted gives no page", expected=expected, look="lab.get()")
    new = [pod["metadata"]["name"] for pod in pods if _uid(pod) not in before]
    return passed(f"{' and '.join(names)} were deleted, {' and '.join(new)} came in their place, and all {WANTED} give the page")


@check(
    "find-the-culprit",
    hints=[
        "Which of the programs that you have met would have to act next, and what does it say?",
        "The scheduler writes its reason into an event. What does the pod ask of a node, and does yours have it?",
        "`kubectl get nodes --show-labels`: what does a node offer? Compare with the line under nodeSelector; mend the file, not the node.",
    ],
)
def find_the_culprit(lab: Lab) -> Verdict:
    """Ask the pod `rocket` for its page, and the nodes whether they were left alone."""
    expected = "pod/rocket is ready and gives its page, and no node was changed for it"
    marked = [node["metadata"]["name"] for node in _items(lab, "nodes") if "place" in node["metadata"]["labels"]]
    if marked:
        look = f'lab.run("kubectl label node {marked[0]} place-") takes it off'
        return not_yet(f"node {marked[0]}, which everybody uses, now has the label place", expected=expected, look=look)
    pod = _pod(lab, "rocket")
    if pod is None:
        return not_yet("there is no pod called rocket", expected=expected, look='lab.apply("stuck.yaml")')
    if not _ready(pod):
        return not_yet(_trouble(pod), expected=expected, look='lab.run("kubectl events --for pod/rocket")')
    if not _serves(lab, pod):
        return not_yet("pod/rocket is ready and gives no page on port 80", expected=expected, look='lab.logs("rocket")')
    return passed(f"pod/rocket runs on {pod['spec']['nodeName']} and gives its page")


@check(
    "past-the-scheduler",
    hints=[
        "What is the one thing that a scheduler adds to a pod?",
        "It writes a field of the pod's spec. `kubectl explain pod.spec` lists them all; look among those that begin with `node`.",
        "The kubelet looks for pods that carry its node's name (`kubectl get nodes`). A nodeSelector is only a wish to the scheduler.",
    ],
)
def past_the_scheduler(lab: Lab) -> Verdict:
    """Look who reported anything about the pod `shortcut`: the kubelet has to, and a scheduler must not."""
    expected = "pod/shortcut is ready, and no scheduler has reported anything about it"
    pod = _pod(lab, "shortcut")
    if pod is None:
        return not_yet("there is no pod called shortcut", expected=expected, look="lab.get()")
    events = _items(lab, f"events --field-selector involvedObject.uid={_uid(pod)}")
    who = {event.get("reportingComponent") or event["source"].get("component", "") for event in events}
    look = 'lab.run("kubectl events --for pod/shortcut")'
    schedulers = sorted(each for each in who if "scheduler" in each)
    if schedulers:
        return not_yet(f"{schedulers[0]} has found a node for pod/shortcut, or tried to", expected=expected, look=look)
    asked = pod["spec"].get("nodeName", "")
    nodes = [node["metadata"]["name"] for node in _items(lab, "nodes")]
    if asked and asked not in nodes:
        found = f"pod/shortcut is meant for the node {asked}, and no kubelet of that name is here"
        return not_yet(found, expected=expected, look='lab.run("kubectl get nodes")')
    if not asked:
        return not_yet("pod/shortcut is Pending, and nothing says on which node it shall run", expected=expected, look=look)
    if not _ready(pod):
        return not_yet(_trouble(pod), expected=expected, look=look)
    if "kubelet" not in who:
        return not_yet("pod/shortcut is ready, and the kubelet's report is not here yet", expected=expected, look=look)
    return passed(f"the kubelet of {asked} has started pod/shortcut, and no scheduler has said a word about it")
