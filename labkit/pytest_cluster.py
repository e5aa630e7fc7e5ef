"""Fixtures for tests on a real Kubernetes: `cluster`, once for a session, and `namespace`, one for each test."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from labkit.clusters import Cluster
    from labkit.clusters.kubectl import Kubectl

__all__ = ["cluster", "namespace"]

RUN = "labkit.dev/test-run"
"""The label of a test's namespace: the process that made it."""


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The plugin of labkit's cluster, healthy.

    One that is there is used and left; one that had to be made is removed after the session, unless it is told `--keep-cluster` (an option
    of pytest-kind's), or tests are spread over processes (xdist), which share it.
    """
    from labkit.clusters import status_here, the_cluster
    from labkit.notebook.output import Printed

    made = status_here().state == "none"
    life = the_cluster(Printed())
    # It takes half a minute: let it be seen.
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        working = life.up()
    _remove_left_namespaces(_kubectl(working))
    yield working
    if made and not request.config.getoption("keep_cluster", default=False) and "PYTEST_XDIST_WORKER" not in os.environ:
        with capture.global_and_fixture_disabled():
            life.down()


@pytest.fixture
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the name of an empty namespace of this test's own; it is deleted afterwards, which Kubernetes does in its own time."""
    kubectl = _kubectl(cluster)
    # A name has at most 63 characters (RFC 1123); what tells tests of one name apart is in the digest.
    readable = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40].strip("-")
    name = f"test-{os.getpid()}-{readable}-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:6]}"
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {RUN: str(os.getpid())}}}
    kubectl.act(["create", "--filename", "-"], stdin=json.dumps(made))
    try:
        yield name
    finally:
        kubectl.act(["delete", "namespace", name, "--wait=false"])


def _kubectl(cluster: Cluster) -> Kubectl:
    from labkit.clusters.kubectl import Kubectl
    from labkit.clusters.shown import Shown
    from labkit.engines import Quiet

    return Kubectl(Shown(cluster.containers.shown.runner, Quiet()), cluster.kubectl, cluster.kubeconfig, cluster.context)


def _remove_left_namespaces(kubectl: Kubectl) -> None:
    """Remove the namespaces of test runs that were killed, and of no run that still lives."""
    found = kubectl.look("namespaces", "--selector", RUN)["items"]
    left = [item["metadata"]["name"] for item in found if not Path("/proc", item["metadata"]["labels"][RUN]).exists()]
    if left:
        kubectl.act(["delete", "namespace", *left, "--wait=false"])
