from pathlib import Path

import pytest
from pod_samples import ONE_ALONE, SHOP, podman

from labkit.draw import draw_pods
from labkit.model import Snapshot


def test_a_notebook_gets_the_svg_and_the_words():
    bundle = draw_pods(SHOP)._repr_mimebundle_()
    assert bundle["text/html"] == bundle["image/svg+xml"] == draw_pods(SHOP).svg
    assert bundle["text/plain"] == draw_pods(SHOP).text


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("dot", b"digraph"), ("txt", b"pod/web")])
def test_a_picture_is_saved_as_its_ending_says(tmp_path: Path, ending: str, start: bytes):
    assert draw_pods(SHOP).save(tmp_path / f"pod.{ending}").read_bytes().startswith(start)


def test_an_unknown_ending_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match=r"\.svg, \.png"):
        draw_pods(SHOP).save(tmp_path / "pod.bmp")


def test_pictures_of_the_same_state_are_equal():
    assert draw_pods(SHOP) == draw_pods(Snapshot.from_json(SHOP.to_json()))


def test_the_words_say_what_the_arrows_say():
    assert "localhost:8080 leads to port 80 of app" in draw_pods(SHOP).text
    assert "db sees logs at /logs, read-only" in draw_pods(SHOP).text


def test_the_words_are_indented_under_their_pod():
    lines = draw_pods(podman(*SHOP.pods, alone=(ONE_ALONE,))).text.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "pod/web  ● Running  10.89.0.7",
        "a separate container  outside any pod",
        "shared by everything here",
    ]


def test_the_words_hold_no_inode():
    assert str(ONE_ALONE.namespaces["mnt"]) not in draw_pods(podman(alone=(ONE_ALONE,))).text


def test_no_pod_at_all_reads_kindly():
    assert draw_pods(Snapshot("podman")).text == "Nothing is running here.\n  Apply a manifest, then draw again."
