"""What Podman does with kinds and fields of Kubernetes, as far as labkit has to act on it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["IGNORED_FIELDS", "PLAYED", "SKIPPED", "Limits"]

PLAYED = ("Pod", "Deployment")
"""Kinds that become pods. ConfigMap, Secret and PersistentVolumeClaim are what pods use."""

SKIPPED = {
    "Service": "Podman has no Services: containers of one pod find each other on localhost, pods publish hostPort",
    "Ingress": "Podman has no Ingress: publish a hostPort instead",
    "NetworkPolicy": "Podman knows no NetworkPolicy: nothing is blocked",
    "Namespace": "Podman has no namespaces of this kind: all pods of a user share one list of names",
    "StatefulSet": "Podman has no StatefulSet controller",
    "DaemonSet": "Podman has one node: play the Pod itself",
    "Job": "Podman plays no Job here: play the Pod with restartPolicy: Never",
    "CronJob": "Podman has no CronJob controller",
    "HorizontalPodAutoscaler": "Podman does not scale",
    "ResourceQuota": "Podman has no quotas",
    "LimitRange": "Podman has no default limits",
    "ServiceAccount": "Podman has no API server to give accounts for",
    "Role": "Podman has no API server to give rights for",
    "RoleBinding": "Podman has no API server to give rights for",
    "ClusterRole": "Podman has no API server to give rights for",
    "ClusterRoleBinding": "Podman has no API server to give rights for",
    "StorageClass": "Podman makes a plain volume for every claim",
    "PersistentVolume": "Podman makes a plain volume for every claim",
    "PodDisruptionBudget": "Podman has no evictions",
    "PriorityClass": "Podman has no scheduler",
}
"""Kinds that `podman kube play` passes over in silence, with what labkit says instead."""

IGNORED_FIELDS = {
    "nodeSelector": "there is one node",
    "affinity": "there is one node",
    "tolerations": "there is one node",
    "topologySpreadConstraints": "there is one node",
    "serviceAccountName": "there is no API server",
    "imagePullSecrets": "Podman uses its own login",
    "dnsPolicy": "Podman sets its own DNS",
    "priorityClassName": "there is no scheduler",
    "schedulerName": "there is no scheduler",
    "terminationGracePeriodSeconds": "Podman's own stop time-out counts (10 s)",
}
"""Fields of a pod that Podman reads and ignores, and why."""


@dataclass(frozen=True)
class Limits:
    """What this host lets rootless Podman do.

    `resources`: may a container have CPU and memory limits (cgroup v2 with delegated controllers)? On cgroup v1 the runtime fails hard.
    """

    resources: bool = True
