"""Wait until a cluster that has just been made or started is healthy, and has proven it."""

from __future__ import annotations

from collections.abc import Callable

from labkit.clusters.health import Health
from labkit.clusters.proof import Proof
from labkit.errors import DeadlineError
from labkit.wait import until

__all__ = ["settle"]

_LONGEST = 180.0
_FIX = "run `labkit up --recreate`"
_COREDNS = '{"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"coredns","readinessProbe":{"periodSeconds":1}}]}}}}'


def settle(health: Health, prove_with: Callable[[], Proof], *, new: bool) -> None:
    """Wait until there is no trouble and the proof is done; `new`: the cluster was just made. Raises DeadlineError with what is missing.

    `prove_with` is called when the API answers: by then the nodes can say which images they hold.
    """
    until(health.api_answers, bool, what="an answer of the API server", timeout=_LONGEST, fix=_FIX, describe=lambda _: "it does not answer")
    proof = prove_with()
    if new:
        # It fails its first probe, since it has not heard from the API yet, and kubeadm has it asked again after ten seconds. Two of it
        # would be for a machine that may be lost: here that is always the same one.
        health.kubectl.act(["--namespace=kube-system", "patch", "deployment", "coredns", f"--patch={_COREDNS}"])
    else:
        # These began before the network of the node was there, failed, and now wait longer and longer between their tries.
        for namespace, label in (("kube-system", "k8s-app=kube-dns"), ("local-path-storage", "app=local-path-provisioner")):
            fresh = ["delete", "pods", f"--selector={label}", "--grace-period=1", "--wait=false"]
            health.kubectl.act([f"--namespace={namespace}", *fresh])
    proof.begin()
    try:
        # The one first and then the other: nodes that have just started answer for what was before, until a pod has tried it.
        until(proof.open_points, _nothing, what="the proof of the cluster", timeout=_LONGEST, fix=_FIX, describe="; ".join)
        until(health.troubles, _nothing, what="a healthy cluster", timeout=_LONGEST, fix=_FIX, describe="; ".join)
    except DeadlineError as late:
        raise DeadlineError(late.tried, "\n".join([late.last, *health.troubles(), *proof.last_seen()]), _FIX) from None
    proof.end()


def _nothing(found: tuple[str, ...]) -> bool:
    return not found
