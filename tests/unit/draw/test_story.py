import dataclasses
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from story_samples import COPIES, PODMAN, SET, START, WEB, at, cluster, crowd, placed, put, started

from labkit.draw import draw_story, story_diagram
from labkit.draw.sequence import Diagram, Message
from labkit.errors import LabError
from labkit.model import Snapshot, Workload

COPY = "web-7d4b9c6f5d-x7mfl"
BACK_OFF = at(9, "pod/web/app", "kubelet, one", "BackOff", "Back-off restarting failed container app", warning=True)


def arrows(diagram: Diagram) -> list[tuple[str, str, str]]:
    return [(each.source, each.target, each.heading) for each in diagram.messages]


def only(snapshot: Snapshot) -> Message:
    """The one arrow of a story that an event says."""
    (message,) = (each for each in story_diagram(snapshot).messages if not each.inferred)
    return message


def headings(diagram: Diagram) -> list[str]:
    return [each.heading for each in diagram.messages]


def boxes(svg: str, part: str) -> list[tuple[float, float]]:
    """From where to where the text of each part goes down, of those whose id ends in `part`."""
    root = ElementTree.fromstring(svg)
    groups = [each for each in root.iter("{http://www.w3.org/2000/svg}g") if each.get("id", "").endswith(part)]
    lines = [[float(text.get("y", 0)) for text in group.iter("{http://www.w3.org/2000/svg}text")] for group in groups]
    return [(min(ys) - 11, max(ys) + 3) for ys in lines]


def test_the_making_of_a_pod_goes_from_component_to_component():
    assert arrows(story_diagram(WEB, "pod/web"))[:5] == [
        ("user", "api-server", "asks for pod/web"),
        ("scheduler", "api-server", "Scheduled pod/web"),
        ("kubelet-one", "runtime-one", "Pulled web/wait"),
        ("kubelet-one", "runtime-one", "Created web/wait"),
        ("kubelet-one", "runtime-one", "Started web/wait"),
    ]


def test_lifelines_stand_from_the_user_to_the_runtime():
    assert [str(actor) for actor in story_diagram(WEB).actors] == ["user", "API server", "scheduler", "kubelet one", "runtime one"]


def test_each_node_has_its_kubelet_beside_its_runtime():
    nodes = [actor.id for actor in story_diagram(crowd()).actors][-4:]
    assert nodes == ["kubelet-lab-worker", "runtime-lab-worker", "kubelet-lab-worker2", "runtime-lab-worker2"]


def test_controllers_share_a_lifeline_that_names_them():
    (controllers,) = (actor for actor in story_diagram(crowd()).actors if actor.id == "controllers")
    assert controllers.lines == ("deployment", "replicaset")


def test_what_a_kubelet_only_reports_goes_to_the_api_server():
    assert (only(cluster(BACK_OFF)).source, only(cluster(BACK_OFF)).target) == ("kubelet-one", "api-server")


def test_a_component_that_is_new_to_labkit_has_a_lifeline_of_its_own():
    story = story_diagram(cluster(at(0, "node/one", "kube-proxy", "Starting")))
    assert [actor.heading for actor in story.actors] == ["API server", "kube-proxy"]


def test_an_event_without_a_source_says_so():
    assert "somebody" in draw_story(cluster(at(0, "pod/web", "", "Odd"))).text


@pytest.mark.parametrize("known_by", ["its own words", "the pod", "the scheduler"])
def test_the_node_of_a_kubelet_is_found(known_by: str):
    source = "kubelet, one" if known_by == "its own words" else "kubelet"
    pods = (placed("web", "one"),) if known_by == "the pod" else ()
    before = (put(0, "web", "one"),) if known_by == "the scheduler" else ()
    story = story_diagram(cluster(*before, at(1, "pod/web/app", source, "Started"), pods=pods))
    assert story.messages[-1].source == "kubelet-one"


def test_seconds_count_from_the_first_event():
    assert [each.time for each in story_diagram(WEB).messages[:4]] == ["", "+0.0 s", "+0.5 s", "+0.6 s"]


def test_a_story_starts_with_a_wish_that_no_event_records():
    first, second, *_ = story_diagram(WEB).messages
    assert (first.inferred, first.time, second.inferred) == (True, "", False)


def test_what_a_controller_made_no_user_asked_for():
    assert [each.heading for each in story_diagram(crowd()).messages if each.inferred] == ["asks for deployment/web"]


def test_nobody_is_said_to_have_asked_for_a_pod_whose_owner_is_not_known():
    assert not any(each.inferred for each in story_diagram(cluster(put(0, "web", "one"))).messages)


def test_a_deployment_that_another_controller_owns_was_not_the_users_wish():
    event = at(0, "deployment/web", "deployment-controller", "ScalingReplicaSet", "Scaled up replica set web-1 from 0 to 1")
    owned = dataclasses.replace(cluster(event), workloads=(Workload("Deployment", "web", owner="rollout/web"),))
    assert not any(each.inferred for each in story_diagram(owned).messages)


def test_events_that_repeat_are_one_arrow_with_their_count():
    story = draw_story(crowd())
    assert story.text.count("Unhealthy") == 1
    assert "▲ Unhealthy web-7d4b9c6f5d-8vwzp/app ×4 until +20.0 s" in story.text


def test_an_event_that_the_engine_counted_stands_where_it_was_first():
    counted = dataclasses.replace(BACK_OFF, count=5, first=START + 1.5)
    last = story_diagram(cluster(put(0, "web", "one"), counted)).messages[-1]
    assert (last.time, last.heading) == ("+1.5 s", "▲ BackOff web/app ×5 until +9.0 s")


def test_an_event_whose_first_time_is_lost_says_that_it_is_the_last():
    assert only(cluster(dataclasses.replace(BACK_OFF, count=5))).heading == "▲ BackOff web/app ×5, the last"


def test_a_warning_is_told_by_shape_and_by_colour():
    message = only(cluster(BACK_OFF))
    assert (message.heading[0], message.tone) == ("▲", "bad")


def test_a_long_pause_is_left_out_and_said():
    assert [each.pause for each in story_diagram(WEB).messages if each.pause] == ["3.2 s pass"]
    assert "(3.2 s pass)" in draw_story(WEB).text


def in_whole_seconds() -> Snapshot:
    """A kubelet's times without their fractions, as the API gives them, and the scheduler's with theirs."""
    kubelets = [dataclasses.replace(each, time=float(int(each.time))) for each in started(0.1, "web", "app", "one")]
    return cluster(*kubelets, put(0.4, "web", "one"), BACK_OFF, pods=(placed("web", "one"),))


def test_within_a_second_causes_come_before_effects():
    assert headings(story_diagram(in_whole_seconds()))[:3] == ["asks for pod/web", "Scheduled pod/web", "Pulled web/app"]


def test_times_are_not_shown_finer_than_they_are_known():
    assert {each.time for each in story_diagram(in_whole_seconds()).messages} == {"", "+0 s", "+9 s"}
    assert "known to the second only" in draw_story(in_whole_seconds()).text


def test_fine_times_are_told_in_their_own_order():
    events = (at(0.2, "pod/b", "default-scheduler", "Scheduled"), at(0.1, "pod/a/app", "kubelet, one", "Started"))
    assert headings(story_diagram(cluster(*events))) == ["Started a/app", "Scheduled pod/b"]


@pytest.mark.parametrize("name", ["deployment/web", "web", SET])
def test_the_story_of_a_workload_has_all_that_it_made(name: str):
    assert len(story_diagram(crowd(), name).messages) == len(story_diagram(crowd()).messages)


def test_the_story_of_one_copy_has_what_made_it_and_nothing_of_the_others():
    text = draw_story(crowd(), f"pod/{COPY}").text
    assert [word for word in ("ScalingReplicaSet", "Created pod: " + COPY, "Deleted pod: " + COPY) if word not in text] == []
    assert [other for other in COPIES if other != COPY and other in text] == []


def test_a_name_that_is_not_there_is_an_error_that_says_what_is():
    with pytest.raises(LabError, match="pod/web"):
        draw_story(WEB, "wbe")


def test_a_pod_without_events_reads_kindly():
    text = draw_story(cluster(pods=(placed("web", "one"),)), "pod/web").text
    assert text == "No event has been written down.\nA cluster keeps events for an hour."


def test_beside_podman_labkit_tells_and_looks():
    assert arrows(story_diagram(PODMAN))[:4] == [
        ("user", "labkit", "asks for pod/shop"),
        ("labkit", "podman", "Started shop/migrate"),
        ("podman", "labkit", "▲ Failed shop/migrate"),
        ("labkit", "podman", "Started shop/migrate"),
    ]


def test_a_message_that_repeats_the_reason_is_left_out():
    assert [each.words for each in story_diagram(WEB).messages if each.heading == "Started web/app"] == [""]


def test_the_words_are_a_table():
    lines = draw_story(PODMAN).text.splitlines()
    assert lines[0].split() == ["time", "who", "what"]
    assert {line.index(word) for line, word in zip(lines[:3], ("what", "asks", "Started"), strict=False)} == {lines[0].index("what")}


def test_the_same_events_give_the_same_bytes():
    assert draw_story(Snapshot.from_json(crowd().to_json())) == draw_story(crowd())


def test_every_arrow_has_an_id_of_its_own_and_a_sentence():
    dot = draw_story(PODMAN).dot
    ids = re.findall(r'-> "[^"]*" \[id="([^"]*)", tooltip="([^"]*)"', dot)
    assert len({name for name, _ in ids}) == len(story_diagram(PODMAN).messages)
    assert ("event-pod_2f_shop_2f_migrate-Failed", "+0.8 s podman to labkit: ▲ Failed shop/migrate: exit code 1") in ids


def test_what_an_event_says_is_never_markup():
    said = '<b>&"\\N\n\x00é'
    assert "&lt;b&gt;&amp;" in draw_story(cluster(at(0, "pod/<web>", "kubelet, <one>", "<Odd>", said))).svg


def apart(found: Sequence[tuple[float, float]]) -> bool:
    return all(above[1] <= below[0] for above, below in pairwise(found))


@pytest.mark.parametrize("snapshot", [WEB, crowd(), PODMAN], ids=["one pod", "a crowd", "podman"])
def test_no_words_lie_on_others(snapshot: Snapshot):
    svg = draw_story(snapshot).svg
    assert apart(boxes(svg, "-words"))
    assert apart(boxes(svg, "-time"))


@pytest.mark.parametrize("snapshot", [WEB, crowd(), PODMAN], ids=["one pod", "a crowd", "podman"])
def test_a_story_fits_a_notebook(snapshot: Snapshot):
    width = re.search(r'<svg width="([\d.]+)"', draw_story(snapshot).svg)
    assert width
    assert float(width[1]) <= 930


def test_a_story_is_saved_as_a_bitmap_too(tmp_path: Path):
    assert draw_story(WEB).save(tmp_path / "story.png").read_bytes().startswith(b"\x89PNG")
