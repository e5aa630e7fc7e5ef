import dataclasses

import pytest
from pod_samples import DATABASE, INFRA, LOGS, ONE_ALONE, SHOP, TOGETHER, TWO_ALONE, WEB, pod, podman, running

from labkit.draw import pod_graph
from labkit.draw.graph import Graph, Node
from labkit.errors import LabError
from labkit.model import Container, Mount, Phase, Pod, Port, Role, Snapshot, State, Volume


def node(graph: Graph, node_id: str) -> Node:
    return next(each for group in graph.groups for each in group.nodes if each.id == node_id)


def node_ids(graph: Graph) -> list[str]:
    return [each.id for group in graph.groups for each in group.nodes]


def chips(box: Node, label: str) -> list[str]:
    return [chip.text.split()[0] for row in box.rows if row.label == label for chip in row.chips]


def words(box: Node) -> str:
    return " / ".join(map(str, box.lines))


def test_a_namespace_that_all_containers_share_is_drawn_once_in_the_bar():
    graph = pod_graph(SHOP)
    everywhere = [
        chip.text.split()[0]
        for group in graph.groups
        for box in group.nodes
        for row in box.rows
        for chip in row.chips
        if chip.kind == "shared-namespace"
    ]
    assert everywhere == ["net", "ipc", "uts", "user"]
    assert chips(node(graph, "pod-web-shared"), "") == everywhere


def test_a_namespace_that_nobody_else_is_in_is_on_the_containers_own_box():
    assert chips(node(pod_graph(SHOP), "pod-web-container-app"), "own") == ["pid", "mnt"]


def test_a_shared_pid_namespace_shows_as_shared():
    together = {**TOGETHER, "pid": 9}
    both = [dataclasses.replace(each, namespaces={**together, "mnt": inode}) for inode, each in enumerate((WEB, DATABASE, INFRA), 50)]
    graph = pod_graph(podman(pod(*both)))
    assert "pid" in chips(node(graph, "pod-web-shared"), "")
    assert chips(node(graph, "pod-web-container-app"), "own") == ["mnt"]


def test_a_namespace_that_only_some_share_names_the_partner():
    helper = dataclasses.replace(DATABASE, name="helper", namespaces={**TOGETHER, "pid": WEB.namespaces["pid"], "mnt": 77})
    graph = pod_graph(podman(pod(WEB, helper, INFRA)))
    assert "pid" not in chips(node(graph, "pod-web-shared"), "")
    assert chips(node(graph, "pod-web-container-app"), "shared with helper") == ["pid"]
    assert chips(node(graph, "pod-web-container-helper"), "shared with app") == ["pid"]


def test_the_bar_lists_the_ports_of_the_one_localhost_with_their_containers():
    row = next(row for row in node(pod_graph(SHOP), "pod-web-shared").rows if row.label == "one localhost")
    assert [chip.text for chip in row.chips] == [":80 app", ":3306 db"]


def test_a_published_port_has_an_arrow_from_outside_and_another_has_none():
    ways_in = [edge for edge in pod_graph(SHOP).edges if edge.source.startswith("outside")]
    assert [(edge.source, edge.target) for edge in ways_in] == [("outside-localhost_3a_8080", "pod-web-container-app")]


def test_two_ways_in_stand_in_the_order_in_which_the_box_shows_its_ports():
    both = dataclasses.replace(WEB, ports=(Port(80, host_port=8080), Port(443, host_port=8443)))
    graph = pod_graph(podman(pod(both, INFRA)))
    above = [each.heading for each in next(graph.groups).above]
    shown = [chip.text for chip in reversed(node(graph, "pod-web-container-app").ports)]
    assert list(zip(above, shown, strict=True)) == [("localhost:8443", ":443"), ("localhost:8080", ":80")]


BY_HAND = dataclasses.replace(INFRA, ports=(Port(80, host_port=8080), Port(443, host_port=8443)))
UNKNOWN = (dataclasses.replace(WEB, ports=()), dataclasses.replace(DATABASE, ports=()))


def test_a_port_that_the_pod_publishes_for_nobody_in_particular_leads_to_the_bar():
    graph = pod_graph(podman(pod(*UNKNOWN, BY_HAND)))
    ways_in = {edge.source: (edge.target, edge.title) for edge in graph.edges if "outside" in edge.source}
    assert ways_in["outside-localhost_3a_8080"] == ("pod-web-shared", "localhost:8080 leads to port 80 of pod/web")
    assert [chip.text for chip in node(graph, "pod-web-shared").ports] == [":80", ":443"]


def test_the_bar_that_ways_in_lead_to_is_above_the_boxes():
    assert next(pod_graph(podman(pod(*UNKNOWN, BY_HAND))).groups).layers[0][0].id == "pod-web-shared"


def test_a_port_that_a_container_says_it_has_is_drawn_once():
    infra = dataclasses.replace(INFRA, ports=(Port(80, host_port=8080),))
    graph = pod_graph(podman(pod(WEB, DATABASE, infra)))
    assert [edge.target for edge in graph.edges if "outside" in edge.source] == ["pod-web-container-app"]


def test_a_stopped_pods_own_port_is_on_its_infra_container():
    stopped = [dataclasses.replace(each, state=State.TERMINATED, exit_code=0) for each in (*UNKNOWN, BY_HAND)]
    edges = pod_graph(podman(pod(*stopped))).edges
    assert {(edge.target, edge.kind) for edge in edges if "outside" in edge.source} == {("pod-web-container-web-infra", "idle-way-in")}


def test_a_port_on_a_cluster_is_on_its_node_and_not_on_this_machine():
    on_node = dataclasses.replace(SHOP.pods[0], node="worker")
    assert node(pod_graph(podman(on_node)), "outside-worker_3a_8080").heading == "worker:8080"


def test_a_way_in_to_a_container_that_does_not_run_looks_different():
    stopped = dataclasses.replace(WEB, state=State.TERMINATED, exit_code=1)
    assert [edge.kind for edge in pod_graph(podman(pod(stopped, DATABASE, INFRA))).edges if "outside" in edge.source] == ["idle-way-in"]


def test_a_container_that_does_not_run_is_in_no_namespace_whatever_was_recorded():
    stopped = dataclasses.replace(WEB, state=State.TERMINATED, exit_code=1)
    box = node(pod_graph(podman(pod(stopped, DATABASE, INFRA))), "pod-web-container-app")
    assert not box.rows


def test_what_runs_still_shares_when_a_neighbour_has_stopped():
    stopped = dataclasses.replace(WEB, state=State.TERMINATED, exit_code=1)
    assert "net" in chips(node(pod_graph(podman(pod(stopped, DATABASE, INFRA))), "pod-web-shared"), "")


def test_a_predicted_pod_claims_nothing_about_namespaces():
    predicted = Pod("web", containers=(Container("app", ports=(Port(80),)), Container("db")))
    graph = pod_graph(Snapshot("podman", pods=(predicted,)))
    assert "pod-web-shared" not in node_ids(graph)
    assert "namespaces not known" in words(node(graph, "pod-web-container-app"))


def test_a_container_that_has_finished_says_so_once():
    finished = Container("fetch", Role.INIT, state=State.TERMINATED, reason="Completed", exit_code=0)
    assert words(node(pod_graph(podman(pod(finished, WEB, INFRA))), "pod-web-container-fetch")) == "■ finished (exit 0)"


def test_separate_containers_have_their_own_network_and_share_only_the_user_namespace():
    graph = pod_graph(podman(alone=(ONE_ALONE, TWO_ALONE)))
    assert chips(node(graph, "container-one"), "own") == ["net", "ipc", "uts", "pid", "mnt"]
    assert chips(node(graph, "outside-any-pod-shared"), "") == ["user"]


def test_what_everything_shares_is_drawn_once_below_all_frames():
    graph = pod_graph(podman(pod(WEB, DATABASE, INFRA), alone=(ONE_ALONE, TWO_ALONE)))
    assert [chips(bar, "") for bar in graph.below] == [["user"]]
    assert chips(node(graph, "pod-web-shared"), "") == ["net", "ipc", "uts"]
    assert "outside-any-pod-shared" not in node_ids(graph)


def test_what_stops_does_not_take_a_namespace_from_the_bar_below_all():
    stopped = dataclasses.replace(TWO_ALONE, state=State.TERMINATED, exit_code=0)
    assert [chips(bar, "") for bar in pod_graph(podman(pod(WEB, INFRA), alone=(ONE_ALONE, stopped))).below] == [["user"]]


def test_one_frame_alone_has_no_bar_below():
    assert pod_graph(podman(pod(WEB, INFRA), alone=(dataclasses.replace(ONE_ALONE, state=State.TERMINATED),))).below == ()


def test_a_namespace_that_reaches_into_another_frame_is_said_so():
    guest = dataclasses.replace(ONE_ALONE, namespaces={**ONE_ALONE.namespaces, "net": WEB.namespaces["net"]})
    graph = pod_graph(podman(pod(WEB, DATABASE, INFRA), alone=(guest, TWO_ALONE)))
    assert words(node(graph, "pod-web-shared")) == "net: also container/one"


def test_separate_containers_name_each_other_briefly():
    guest = dataclasses.replace(TWO_ALONE, namespaces={**TWO_ALONE.namespaces, "pid": ONE_ALONE.namespaces["pid"]})
    third = running("three", 230, {"net": 41, "ipc": 42, "uts": 43, "user": 4}, Role.ALONE)
    graph = pod_graph(podman(alone=(ONE_ALONE, third, guest)))
    assert chips(node(graph, "container-one"), "shared with two") == ["pid"]


def test_pods_stand_beside_separate_containers_in_one_row():
    graph = pod_graph(podman(pod(WEB, DATABASE, INFRA), alone=(ONE_ALONE, TWO_ALONE)))
    assert [group.id for group in graph.rows[0]] == ["pod-web", "outside-any-pod"]


def test_more_than_three_containers_go_to_a_next_row():
    many = pod(*(running(f"c{number}", 100 + 10 * number) for number in range(5)))
    layers = next(pod_graph(podman(many)).groups).layers
    assert [len(layer) for layer in layers if layer[0].kind == "app"] == [3, 2]


def test_four_containers_are_two_rows_of_two():
    layers = next(pod_graph(podman(pod(*(running(f"c{number}", 100 + 10 * number) for number in range(4))))).groups).layers
    assert [len(layer) for layer in layers if layer[0].kind == "app"] == [2, 2]


def test_volumes_stand_between_two_rows_of_boxes():
    many = (running(f"c{number}", 100 + 10 * number, mounts=(Mount("logs", "/logs"),)) for number in range(4))
    layers = next(pod_graph(podman(pod(*many, INFRA, volumes=(LOGS,)))).groups).layers
    assert [layer[0].kind for layer in layers] == ["app", "volume", "app", "shared", "infra"]


def test_containers_keep_the_order_of_the_snapshot():
    order = [box.heading for box in next(pod_graph(SHOP).groups).layers[0]]
    assert order == ["app", "db"]


def test_the_infra_container_is_below_all_others_and_says_what_for():
    layers = next(pod_graph(SHOP).groups).layers
    assert layers[-1][0].tag == "infra"
    assert "holds the shared namespaces open" in words(layers[-1][0])


def test_a_mount_leads_to_its_volume_and_carries_its_path():
    mounts = {edge.source: (edge.target, edge.label) for edge in pod_graph(SHOP).edges if edge.label}
    assert mounts == {
        "pod-web-container-app": ("pod-web-volume-logs", "/var/log"),
        "pod-web-container-db": ("pod-web-volume-logs", "/logs (ro)"),
    }


def test_a_claim_is_called_a_claim():
    claim = Volume("data", "persistentVolumeClaim", "orders")
    assert words(node(pod_graph(podman(pod(WEB, INFRA, volumes=(claim,)))), "pod-web-volume-data")) == "claim orders"


def test_a_host_path_that_is_no_volume_of_the_pod_is_drawn_too():
    outside = dataclasses.replace(WEB, mounts=(Mount("/srv/data", "/data"),))
    graph = pod_graph(podman(pod(outside)))
    assert {edge.target for edge in graph.edges if edge.label} <= set(node_ids(graph))


@pytest.mark.parametrize(
    ("state", "reason", "code", "said"),
    [
        (State.TERMINATED, "Completed", 0, "■ finished (exit 0)"),
        (State.TERMINATED, "OOMKilled", 137, "▲ failed: OOMKilled (exit 137)"),
        (State.WAITING, "CrashLoopBackOff", 1, "▲ waiting: CrashLoopBackOff (last exit 1)"),
        (State.WAITING, "ContainerCreating", None, "○ waiting: ContainerCreating"),
        (State.UNKNOWN, "", None, "◊ not observed"),
    ],
)
def test_a_state_has_a_mark_and_words(state: State, reason: str, code: int | None, said: str):
    box = node(pod_graph(podman(pod(Container("app", state=state, reason=reason, exit_code=code)))), "pod-web-container-app")
    assert str(box.lines[0]) == said


def test_several_init_containers_say_their_place_in_the_order():
    inits = [Container(name, Role.INIT) for name in ("fetch", "migrate")]
    graph = pod_graph(podman(Pod("web", phase=Phase.PENDING, containers=(*inits, WEB), volumes=(LOGS,))))
    assert [node(graph, f"pod-web-container-{name}").tag for name in ("fetch", "migrate")] == ["init 1 of 2", "init 2 of 2"]


def test_only_the_named_are_drawn():
    both = podman(pod(WEB, INFRA), pod(DATABASE, name="other"), alone=(ONE_ALONE,))
    assert [group.heading for group in pod_graph(both, "pod/other").groups] == ["pod/other"]


def test_a_name_that_is_not_there_lists_what_is():
    with pytest.raises(LabError, match="pod/web"):
        pod_graph(SHOP, "wbe")


def test_nothing_at_all_is_said_kindly():
    graph = pod_graph(Snapshot("podman"))
    assert graph.caption == "Nothing is running."
    assert node_ids(graph) == ["nothing"]


def test_every_edge_ends_at_boxes_that_are_drawn():
    graph = pod_graph(podman(*SHOP.pods, alone=(ONE_ALONE, TWO_ALONE)))
    assert {end for edge in graph.edges for end in (edge.source, edge.target)} <= set(node_ids(graph))


def test_an_id_is_given_once():
    graph = pod_graph(podman(*SHOP.pods, alone=(ONE_ALONE, TWO_ALONE)))
    ids = [*node_ids(graph), *(group.id for group in graph.groups), *(edge.id for edge in graph.edges)]
    assert len(ids) == len(set(ids))
