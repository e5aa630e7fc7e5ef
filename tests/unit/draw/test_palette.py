import pytest

from labkit.draw.palette import INK, LINE, STYLES, TONES

HOLD_LINES = ["pod", "outside-any-pod", "shared", "app", "sidecar", "init", "infra", "alone", "volume", "outside", "note"]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, 1.4.3)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("kind", STYLES)
def test_text_is_readable_on_its_own_fill(kind: str):
    assert contrast(STYLES[kind].ink, STYLES[kind].fill) >= 4.5


@pytest.mark.parametrize("kind", [kind for kind, look in STYLES.items() if look.accent])
def test_a_white_tag_is_readable_on_its_accent(kind: str):
    assert contrast("#FFFFFF", STYLES[kind].accent) >= 4.5


@pytest.mark.parametrize("kind", HOLD_LINES)
@pytest.mark.parametrize("tone", TONES)
def test_every_tone_is_readable_on_every_fill_that_holds_lines(kind: str, tone: str):
    assert contrast(TONES[tone], STYLES[kind].fill) >= 4.5  # type: ignore[index]


@pytest.mark.parametrize("page", ["#FFFFFF", "#111111"])
def test_lines_are_visible_on_a_light_and_on_a_dark_page(page: str):
    assert contrast(LINE, page) >= 3


@pytest.mark.parametrize("kind", ["pod", "outside-any-pod"])
def test_lines_are_visible_inside_a_frame(kind: str):
    assert contrast(LINE, STYLES[kind].fill) >= 3


def test_frames_hold_dark_ink():
    assert all(contrast(INK, STYLES[kind].fill) >= 7 for kind in ("pod", "outside-any-pod"))
