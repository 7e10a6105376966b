"""The benchmarks of sounds: what they set, draw and write."""

import io
import shutil
import subprocess

import numpy as np
import pytest
import soundfile

from benchmarks.compare_sounds import BASELINE, METHODS, PROBES, config_for
from benchmarks.descriptors import standardised
from benchmarks.probed import columns, table
from benchmarks.prompts import held_out, prompts
from jssl.errors import DataError


@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns_from_the_same_speakers_for_as_long(method):
    config = config_for(method, 3, 8, "somewhere")
    assert (config.data.name, config.data.train, config.data.test) == ("tfds:spoken_digit", *PROBES["digit"])
    assert (config.epochs, config.seed, config.data.seconds) == (8, 3, 0.63)


def test_the_table_has_the_untrained_encoder_in_brackets():
    learnt = dict.fromkeys(columns(PROBES), 50.0)
    beside = {f"untrained {key}": 40.0 for key in learnt}
    rows = [
        {"row": BASELINE, **learnt},
        {"row": "cpc", **learnt, **beside, "steps": 9, "CPU minutes": 2.0},
        {"row": "cpc", **dict.fromkeys(learnt, 52.0), **beside, "steps": 9, "CPU minutes": 2.0},
    ]
    lines = table(rows, (BASELINE, *METHODS), columns(PROBES)).splitlines()
    assert lines[2] == "| mean log-mel | 50.0 | 50.0 | 50.0 | 50.0 |  |  |"
    assert lines[3].startswith("| cpc | 51.0 ± 1.4 (40.0 ± 0.0) |") and lines[3].endswith("| 9 | 2.0 |")


def test_descriptors_are_standardised_by_the_training_recordings(rng):
    train, test = rng.normal(3, 2, (50, 4)), rng.normal(3, 2, (9, 4))
    train[:, 2] = test[:, 2] = 7.0
    a, b = standardised(train, test)
    np.testing.assert_allclose(a[:, [0, 1, 3]].std(0), 1, rtol=1e-5)
    np.testing.assert_allclose(b[:, 0], (test[:, 0] - train[:, 0].mean()) / train[:, 0].std(), rtol=1e-5)
    assert not a[:, 2].any() and not b[:, 2].any()


def test_a_fifth_of_the_prompts_is_tested_on_whatever_the_language():
    assert 150 < sum(held_out(f"digits/{i}.wav") for i in range(1000)) < 250


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb")
def test_prompts_are_read_out_of_a_package(tmp_path):
    folder = tmp_path / "package" / "usr" / "share" / "asterisk" / "sounds" / "en" / "digits"
    folder.mkdir(parents=True)
    control = tmp_path / "package" / "DEBIAN" / "control"
    control.parent.mkdir()
    control.write_text("Package: made\nVersion: 1\nArchitecture: all\nMaintainer: me <m@e.org>\nDescription: x\n")
    held = io.BytesIO()
    soundfile.write(held, 0.1 * np.ones(160), 8000, format="WAV")
    (folder / "1.wav").write_bytes(held.getvalue())
    deb = tmp_path / "made.deb"
    subprocess.run(["dpkg-deb", "--build", tmp_path / "package", deb], check=True, capture_output=True)
    ((name, sound),) = prompts(deb)
    assert name == "digits/1.wav" and len(sound) == 160
    with pytest.raises(DataError, match="is no Debian package"):
        list(prompts(tmp_path / "package" / "DEBIAN" / "control"))
