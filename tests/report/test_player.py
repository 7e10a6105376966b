"""Sounds in the report: what is heard, and that the page lets it be heard and nothing else."""

import base64
import io
import re

import numpy as np
import soundfile

from jssl.exhibit import Column, Exhibit
from jssl.report import gallery
from jssl.report.document import write_page
from jssl.report.exhibits import load_exhibit, save_exhibit
from jssl.report.player import wav


def test_a_wav_is_what_it_was_and_what_is_too_loud_is_clipped():
    sound = np.array([0.0, 0.5, -0.25, 2.0, -2.0])
    read, rate = soundfile.read(io.BytesIO(wav(sound, 8000)), dtype="float64")
    assert rate == 8000
    np.testing.assert_allclose(read, [0, 0.5, -0.25, 1, -1], atol=1e-4)


def test_an_exhibit_keeps_its_sounds_and_the_page_plays_them(tmp_path):
    sounds = np.random.default_rng(0).uniform(-1, 1, (2, 50))
    pictures = np.zeros((2, 4, 4, 3), np.uint8)
    columns = (
        Column('"quoted" <name>', pictures, ("a", "b"), sounds=sounds, rate=4000),
        Column("silent", pictures),
    )
    save_exhibit(tmp_path / "exhibit.npz", Exhibit("Mending", "Listen.", columns))
    back = load_exhibit(tmp_path / "exhibit.npz")
    np.testing.assert_allclose(back.columns[0].sounds, sounds, atol=1e-4)
    assert back.columns[0].rate == 4000 and back.columns[1].sounds is None
    page = write_page(tmp_path / "page.html", "t", [gallery.exhibit(back)], {}).read_text()
    assert "media-src data:" in page and "default-src &#x27;none&#x27;" in page and "<name>" not in page
    found = re.findall(
        r'<audio controls="" preload="none" src="data:audio/wav;base64,([^"]*)" aria-label="([^"]*)"', page
    )
    assert [name for _, name in found] == [f"&quot;quoted&quot; &lt;name&gt;, row {i}" for i in (1, 2)]
    for (data, _), sound in zip(found, sounds, strict=True):
        read, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
        assert rate == 4000
        np.testing.assert_allclose(read, sound, atol=2e-4)
