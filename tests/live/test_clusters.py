from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from labkit.clusters import Cluster, the_cluster
from labkit.clusters.kubectl import Kubectl
from labkit.clusters.orphans import orphans
from labkit.clusters.shown import Shown
from labkit.engines import Quiet
from labkit.errors import HostError
from labkit.here import lesson_images
from labkit.notebook.output import Printed
from tests.live.own_cluster import OwnCluster, remove_left_clusters

pytestmark = pytest.mark.live

TOOLS = "localhost/labkit/tools:1"
NGINX = "localhost/labkit/nginx:1"


@pytest.fixture(scope="module")
def own() -> Iterator[OwnCluster]:
    """A cluster that these tests kill and remove; a test finds it as the one before has left it."""
    remove_left_clusters()
    own = OwnCluster()
    yield own
    own.life.down()
    own.folder.parent.rmdir()


def kubectl(cluster: Cluster) -> Kubectl:
    return Kubectl(Shown(cluster.containers.shown.runner, Quiet()), cluster.kubectl, cluster.kubeconfig, cluster.context)


def test_a_cluster_that_works_is_used_as_it_is(cluster: Cluster) -> None:
    before = [node.id for node in cluster.containers.nodes()]
    the_cluster(Printed()).up()
    assert [node.id for node in cluster.containers.nodes()] == before


def test_the_kubeconfig_is_readable_to_nobody_else(cluster: Cluster) -> None:
    assert cluster.kubeconfig.stat().st_mode & 0o077 == 0


def test_images_of_a_lesson_are_in_every_node_and_only_once_loaded(cluster: Cluster) -> None:
    lesson_images(print).ensure([TOOLS, NGINX])
    life = the_cluster(Printed())
    life.load([TOOLS, NGINX])
    assert life.parts.loader(cluster.nodes).missing([TOOLS, NGINX]) == {}
    assert life.load([TOOLS, NGINX]) == ()


def test_a_test_has_an_empty_namespace_of_its_own(cluster: Cluster, namespace: str) -> None:
    assert kubectl(cluster).look("pods,services", "--namespace", namespace)["items"] == []


def test_a_pod_runs_a_loaded_image(cluster: Cluster, namespace: str) -> None:
    lesson_images(print).ensure([TOOLS])
    the_cluster(Printed()).load([TOOLS])
    run = ["run", "once", f"--namespace={namespace}", f"--image={TOOLS}", "--restart=Never", "--image-pull-policy=Never"]
    kubectl(cluster).act([*run, "--", "true"])
    kubectl(cluster).act(["wait", f"--namespace={namespace}", "--for=jsonpath={.status.phase}=Succeeded", "pod/once"])


def test_an_up_that_is_killed_while_kind_works_leaves_nothing_after_down(own: OwnCluster) -> None:
    assert own.killed("up", "Starting control-plane").returncode == -signal.SIGKILL
    assert own.life.status().state == "half-made"
    own.life.down()
    assert own.left() == []
    assert orphans([f"--name={own.name}"]) == ()


def test_an_up_that_is_killed_before_its_proof_is_finished_by_the_next(own: OwnCluster) -> None:
    assert own.killed("up", "settle").returncode == -signal.SIGKILL
    made = own.ids()
    own.life.up()
    assert own.ids() == made
    assert own.life.status().state == "running"


def test_stopped_nodes_come_back_with_what_was_in_them(own: OwnCluster) -> None:
    life = own.life
    made, about = own.ids(), kubectl(life.cluster())
    about.act(["create", "configmap", "kept", "--from-literal=word=still here"])
    life.stop()
    assert life.status().state == "stopped"
    life.up()
    assert own.ids() == made
    assert about.look("configmap", "kept")["data"] == {"word": "still here"}


def test_a_paused_node_is_said_and_goes_on_after_which_the_cluster_is_proven(own: OwnCluster, capsys: pytest.CaptureFixture[str]) -> None:
    life = own.life
    life.containers.shown.runner.run([life.containers.program, "pause", f"{own.name}-control-plane"])
    with pytest.raises(HostError, match=f"its node {own.name}-control-plane is paused"):
        life.cluster()
    life.up()
    assert "an allowed connection passes and a denied one is blocked" in capsys.readouterr().out


def test_a_down_that_is_killed_is_finished_by_the_next(own: OwnCluster) -> None:
    assert own.killed("down", "volumes").returncode == -signal.SIGKILL
    own.life.down()
    assert own.left() == []
