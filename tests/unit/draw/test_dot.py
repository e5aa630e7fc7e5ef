import dataclasses
import re

import graphviz
import pytest
from pod_samples import DATABASE, INFRA, LOGS, ONE_ALONE, SHOP, WEB, pod, podman, running

from labkit.draw import draw_graph, draw_pods, pod_graph
from labkit.draw.dot import graph_to_dot, render
from labkit.draw.fit import fit
from labkit.draw.graph import Edge, Graph, Group, Node, identifier
from labkit.errors import CommandError, HostError
from labkit.model import Mount, Snapshot, Volume

NASTY = 'a<b>&"\\N\n\x00é容'


def nasty() -> Snapshot:
    container = dataclasses.replace(WEB, name=NASTY, image=NASTY, reason=NASTY)
    return podman(pod(container, INFRA, name=NASTY, volumes=(dataclasses.replace(LOGS, source=NASTY),)))


def test_the_same_snapshot_gives_the_same_bytes():
    again = Snapshot.from_json(SHOP.to_json())
    assert graph_to_dot(pod_graph(again)) == graph_to_dot(pod_graph(SHOP))


def test_other_inodes_and_process_ids_change_no_id_and_no_label():
    def elsewhere(number: int) -> str:
        moved = [
            dataclasses.replace(each, pid=number, namespaces={kind: inode + number for kind, inode in each.namespaces.items()})
            for each in (WEB, DATABASE, INFRA)
        ]
        return re.sub(r'(?i)tooltip="[^"]*"', "", graph_to_dot(pod_graph(podman(pod(*moved, volumes=(LOGS,))))))

    assert elsewhere(1000) == elsewhere(5000)


def test_every_box_frame_and_arrow_has_its_id():
    graph = pod_graph(SHOP)
    dot = graph_to_dot(graph)
    ids = [each.id for group in graph.groups for each in (group, *group.nodes)] + [edge.id for edge in graph.edges]
    assert all(f'id="{each}"' in dot for each in ids)


def test_ids_are_made_of_names():
    assert identifier("pod", "web", "container", "app") == "pod-web-container-app"


def test_names_that_differ_only_in_signs_get_different_ids():
    assert identifier("a/b") != identifier("a b")


def test_inodes_are_in_the_tooltips():
    assert f"net namespace {WEB.namespaces['net']}" in graph_to_dot(pod_graph(SHOP))


def test_what_a_manifest_says_is_never_markup():
    dot = graph_to_dot(pod_graph(nasty()))
    assert "a<b>" not in "".join(re.findall(r"label=<(.*)>\]", dot))
    assert "a&lt;b&gt;" in dot


def test_graphviz_draws_what_a_manifest_says_whatever_it_says():
    assert "a&lt;b&gt;" in draw_pods(nasty()).svg


def test_a_published_port_is_reached_at_its_own_place():
    assert '"outside-localhost_3a_8080" -> "pod-web-container-app":"port-app-80-tcp":n' in graph_to_dot(pod_graph(SHOP))


def far_apart(count: int) -> Snapshot:
    mounts = tuple(Mount(name, f"/var/{name}") for name in ("a", "b", "c"))
    many = (running(f"c{number}", 1000 + 10 * number, mounts=mounts[number % 2 :]) for number in range(count))
    return podman(pod(*many, INFRA, volumes=tuple(Volume(mount.volume, "emptyDir") for mount in mounts)))


@pytest.mark.parametrize("count", [3, 5, 6])
def test_boxes_stand_in_their_order_whatever_they_mount(count: int):
    places = [
        (-float(found[3]), float(found[2]), found[1])
        for found in re.finditer(
            r'^node "?pod-web-container-(c\d)"? (\S+) (\S+)', render(draw_pods(far_apart(count)).dot, "plain").decode(), re.M
        )
    ]
    assert [name for _, _, name in sorted(places)] == [f"c{number}" for number in range(count)]


def test_a_mount_below_its_volume_is_drawn_downwards_and_points_to_the_container():
    reader = running("c3", 500, mounts=(Mount("logs", "/logs", read_only=True),))
    dot = graph_to_dot(pod_graph(podman(pod(*(running(f"c{number}", 100 + 10 * number) for number in range(3)), reader, volumes=(LOGS,)))))
    line = next(line for line in dot.splitlines() if "c3 sees logs" in line)
    assert line.lstrip().startswith('"pod-web-volume-logs":s -> "pod-web-container-c3":n')
    assert 'dir="forward"' in line


def test_a_line_that_passes_other_boxes_has_its_label_in_its_own_box():
    dot = graph_to_dot(pod_graph(far_apart(7)))
    box = next(line for line in dot.splitlines() if line.lstrip().startswith('"pod-web-container-c0" ['))
    edge = next(line for line in dot.splitlines() if "c0 sees a at /var/a" in line)
    assert "mount /var/a" in box
    assert "label" not in edge


def test_what_everything_shares_is_at_the_foot_of_the_picture():
    assert "shared by everything here" in draw_pods(podman(*SHOP.pods, alone=(ONE_ALONE,))).svg


def test_a_tooltip_is_a_title_and_nothing_is_a_link():
    svg = draw_pods(SHOP).svg
    assert f"<title>net namespace {WEB.namespaces['net']}</title>" in svg
    assert "<a " not in svg


def test_the_svg_has_a_transparent_page_and_a_name_for_screen_readers():
    svg = draw_pods(SHOP).svg
    assert svg.startswith("<svg")
    assert 'role="img" aria-label="Inside pod/web."' in svg
    assert "<title>Inside pod/web.</title>" in svg
    assert 'fill="white" stroke="transparent"' not in svg


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_a_pod_fits_a_notebook_without_shrinking(count: int):
    many = pod(*(running(f"container-{number}", 100 + 10 * number) for number in range(count)), INFRA)
    width = re.search(r'<svg width="([\d.]+)"', draw_pods(podman(many)).svg)
    assert width
    assert float(width[1]) <= 900


def test_partners_with_long_names_do_not_widen_a_box():
    def drawn(name: str) -> str:
        partner = dataclasses.replace(DATABASE, name=name, namespaces={**WEB.namespaces, "mnt": 77})
        width = re.search(r'<svg width="([\d.]+)"', draw_pods(podman(pod(WEB, partner, running("third", 300)))).svg)
        return width[1] if width else ""

    assert drawn("b") == drawn("a-name-as-long-as-kubernetes-allows-" * 2)


def test_no_text_is_smaller_than_11_pixels():
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', draw_pods(SHOP).svg)) >= 11


def test_without_a_dot_program_the_packaged_one_draws(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert b"<svg" in render("digraph { a }", "svg")


def test_without_any_dot_the_one_thing_to_do_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.metadata.files", lambda name: [])
    with pytest.raises(HostError, match="graphviz-pure"):
        render("digraph { a }", "svg")


def test_text_that_is_no_dot_is_an_error_with_its_message():
    with pytest.raises(CommandError, match="syntax error"):
        render("digraph {", "svg")


def test_the_packaged_dot_is_not_kept_for_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    render("digraph { a }", "svg")
    with pytest.raises(graphviz.ExecutableNotFound):
        graphviz.Source("digraph { a }").pipe(format="svg")


def test_a_graph_of_another_view_is_drawn_as_well():
    boxes = tuple(Node(name, "note", name) for name in ("a", "b"))
    graph = Graph("Two notes.", ((Group("all", "pod", "all", layers=(boxes,)),),), (Edge("a--b", "a", "b", "way-in", title="a reaches b"),))
    assert "a reaches b" in draw_graph(graph).svg


@pytest.mark.parametrize(
    "text", ["nginx:1", "a-name-that-goes-on-and-on-and-on-and-on-and-on-for-ever", "容器" * 30, "x" * 90, "two words and more of them"]
)
def test_fitted_text_keeps_to_its_lines_and_their_length(text: str):
    lines = fit(text, 100, 10, 2)
    assert len(lines) <= 2
    assert all(len(line.encode("utf-16-le")) <= 2 * 100 / 6 for line in lines)


def test_a_text_that_is_cut_keeps_both_ends():
    shown = "".join(fit("start-" + "x" * 80 + "-end", 100, 10, 2))
    assert shown.startswith("start-")
    assert shown.endswith("-end")
