import logging

import jax
import numpy as np
import pytest

from jssl.data.film_clip import square_mask
from jssl.data.film_write import write_film
from jssl.data.loader import eval_batches, train_batches
from jssl.data.several import clips_of
from jssl.data.sources import DataError, open_source
from tests.made_up_films import noise, numbers_of, write_numbered

av = pytest.importorskip("av")

RATE = 8000
REALTIME = {"deadline": "realtime", "cpu-used": "8"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Films of every container in two classes, and what is none."""
    top = tmp_path_factory.mktemp("films")
    write_numbered(top / "a/long.mp4", 60)
    write_numbered(top / "a/deeper/b.MKV", 50, sound=noise(2, RATE), rate=RATE)
    write_numbered(top / "b/c.avi", 40, codec="mpeg4", options={"bf": "2", "b": "4M"}, keys=250)
    write_numbered(top / "b/d.webm", 45, codec="libvpx-vp9", options=REALTIME | {"b": "4M"})
    write_numbered(top / "b/short.mov", 5)
    whole = (top / "a/long.mp4").read_bytes()
    (top / "a/cut.mp4").write_bytes(whole[: len(whole) // 2])
    (top / "b/empty.mp4").touch()
    (top / "b/text.avi").write_text("Dear diary")
    with av.open(top / "b/song.mkv", "w") as container:
        track = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        samples = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.int16), format="s16", layout="mono")
        samples.sample_rate = RATE
        container.mux(track.encode(samples))
        container.mux(track.encode(None))
    return top


def test_a_folder_of_films(folder, caplog):
    with caplog.at_level(logging.WARNING):
        source = open_source(f"video:{folder}", size=32, frames=4, stride=3)
    assert source.files == ("a/deeper/b.MKV", "a/long.mp4", "b/c.avi", "b/d.webm", "b/short.mov")
    assert source.classes == ("a", "b") and source.labels.tolist() == [0, 0, 1, 1, 1]
    assert dict(source.skipped) == {
        "a/cut.mp4": "not a film, or cut short",
        "b/empty.mp4": "empty file",
        "b/song.mkv": "no video track",
        "b/text.avi": "not a film, or cut short",
    }
    [warning] = [record.getMessage() for record in caplog.records if record.name.startswith("jssl")]
    assert "skipped 4 of 9 films" in warning and all(file in warning for file, _ in source.skipped)
    assert not source.in_memory and source.spec["clip"].shape == (4, 32, 32, 3)
    clips = source.read(np.arange(5))["clip"]
    assert clips.shape == (5, 4, 32, 32, 3) and clips.dtype == np.uint8


def test_draws_say_where_a_clip_begins_and_none_is_the_middle(folder):
    source = open_source(f"video:{folder}", size=32, frames=4, stride=3)
    for row, frames in ((1, 60), (2, 40), (3, 45)):
        starts = frames - 4 * 3 + 1
        for draw in (0, 7, starts - 1, starts, (1 << 64) - 1):
            [clip] = source.read(np.array([row]), np.array([draw], np.uint64))["clip"]
            first = draw % starts
            assert numbers_of(clip) == [first, first + 3, first + 6, first + 9]
        [clip] = source.read(np.array([row]))["clip"]
        assert numbers_of(clip)[0] == starts // 2


def test_a_short_film_keeps_its_last_frame(folder):
    source = open_source(f"video:{folder}", size=32, frames=4, stride=3)
    for draws in (None, np.array([77], np.uint64)):
        assert numbers_of(source.read(np.array([4]), draws)["clip"][0]) == [0, 3, 4, 4]


def test_the_middle_square_is_what_is_kept(tmp_path):
    frame = np.zeros((32, 64, 3), np.uint8)
    frame[:, :16] = frame[:, -16:] = (255, 0, 0)
    frame[:16, 16:-16] = 200
    write_film(tmp_path / "a.mp4", [frame] * 3, 25)
    for size in (16, 32, 48):
        [clip] = open_source(f"video:{tmp_path}", size=size, frames=2, stride=1).read(np.array([0]))["clip"]
        border = size // 8
        inner = clip[0, :, border:-border]
        np.testing.assert_allclose(inner[: size // 2 - border], 200, atol=3)
        np.testing.assert_allclose(inner[size // 2 + border :], 0, atol=3)


def test_a_film_taken_on_its_side_is_turned_and_wide_pixels_are_wide(tmp_path):
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[:16] = 200  # bright above
    for name, turn, aspect in (("turned.mov", 90, 1), ("wide.mov", 0, 2)):
        with av.open(tmp_path / name, "w") as container:
            film = container.add_stream("libx264", rate=25)
            film.width = film.height = 32
            film.pix_fmt, film.sample_aspect_ratio = "yuv420p", aspect
            film.set_display_rotation(turn)
            for picture in [frame if turn else frame.transpose(1, 0, 2)] * 3:
                container.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(film.encode(None))
    turned, wide = open_source(f"video:{tmp_path}", size=32, frames=1, stride=1).read(np.arange(2))["clip"][:, 0]
    left, right = turned[:, 4:12].mean(), turned[:, 20:28].mean()
    assert {left > 100, right > 100} == {True, False} and left > right  # counter-clockwise: what was above is left
    columns = wide.mean((0, 2))
    assert (columns[:12] > 180).all() and (columns[20:] < 20).all()


@pytest.mark.parametrize("kind", ["mp4 h264 flac", "mp4 h264 aac", "mkv h264 flac", "webm vp9 opus", "avi mpeg4 pcm"])
def test_a_click_is_heard_where_the_frame_flashes(tmp_path, kind):
    container, codec, sound_codec = kind.split()
    codec = {"h264": "libx264", "vp9": "libvpx-vp9"}.get(codec, codec)
    sound_codec, rate = {"opus": ("libopus", 48_000), "pcm": ("pcm_s16le", RATE)}.get(sound_codec, (sound_codec, RATE))
    flashes, fps, film = [10, 33, 41, 70, 77], 25, np.zeros((100, 32, 32, 3), np.uint8)
    film[flashes] = 255
    sound = np.zeros(100 * rate // fps, np.float32)
    for flash in flashes:
        begin = flash * rate // fps + rate // 100
        sound[begin : begin + rate // 100] = noise(0.01, rate)
    options = {"libvpx-vp9": REALTIME, "mpeg4": {"bf": "2"}}.get(codec)
    write_film(
        tmp_path / f"a.{container}", film, fps, sound=sound, rate=rate, codec=codec, sound_codec=sound_codec,
        keys=250, options=options,
    )  # fmt: skip
    source = open_source(f"video:{tmp_path}", size=16, frames=12, stride=1, sound=True, rate=16_000)
    assert source.spec["sound"].shape == (12 * 640,) and source.about["rate"] == 16_000
    seen = 0
    for first in (0, 5, 30, 32, 40, 66, 88):
        read = source.read(np.array([0]), np.array([first], np.uint64))
        bright = read["clip"][0].mean((1, 2, 3)) > 128
        assert bright.tolist() == [first + i in flashes for i in range(12)]
        loud = np.abs(read["sound"][0].reshape(12, 640)).max(1) > 0.1
        assert loud.tolist() == bright.tolist()
        seen += bright.sum()
    assert seen == 9


def test_the_sound_is_the_films_own_to_the_sample(tmp_path):
    sound = noise(2, RATE)
    write_numbered(tmp_path / "a.mp4", 50, sound=sound, rate=RATE)
    source = open_source(f"video:{tmp_path}", size=32, frames=5, stride=2, sound=True, rate=RATE)
    for first in (0, 11, 40):
        [found] = source.read(np.array([0]), np.array([first], np.uint64))["sound"]
        np.testing.assert_allclose(found, sound[first * 320 :][: 10 * 320], atol=1e-4)


def test_sound_of_films_of_several_rates_lasts_as_long_as_the_clip(tmp_path):
    """Of a film of twice as many frames a second every second one is taken."""
    write_numbered(tmp_path / "a.mp4", 50, 25, sound=noise(2, RATE), rate=RATE)
    write_numbered(tmp_path / "b.mp4", 60, 50, sound=noise(1.2, RATE), rate=RATE)
    source = open_source(f"video:{tmp_path}", size=32, frames=4, stride=3, sound=True, rate=RATE)
    read = source.read(np.arange(2), np.array([2, 2], np.uint64))
    assert numbers_of(read["clip"][0]) == [2, 5, 8, 11] and numbers_of(read["clip"][1]) == [2, 8, 14, 20]
    np.testing.assert_allclose(read["sound"][1], noise(1.2, RATE)[2 * 160 :][: 12 * 320], atol=1e-4)
    slow = open_source(f"video:{tmp_path}", size=32, frames=4, stride=1, fps=12.5)
    assert numbers_of(slow.read(np.array([1]), np.zeros(1, np.uint64))["clip"][0]) == [0, 4, 8, 12]


@pytest.mark.slow
def test_films_without_a_sound_are_skipped_and_silent_ones_when_asked(tmp_path, caplog):
    loud = np.concatenate([np.zeros(RATE, np.float32), noise(1, RATE)])
    write_numbered(tmp_path / "half.mp4", 50, sound=loud, rate=RATE)
    write_numbered(tmp_path / "mute.mp4", 50, sound=np.zeros(2 * RATE, np.float32), rate=RATE)
    write_numbered(tmp_path / "none.mp4", 50)
    options = {"size": 32, "frames": 4, "stride": 1, "sound": True, "rate": RATE}
    with caplog.at_level(logging.WARNING):
        source = open_source(f"video:{tmp_path}", **options)
    assert source.files == ("half.mp4", "mute.mp4") and source.skipped == (("none.mp4", "no sound track"),)
    assert "none.mp4 (no sound track)" in caplog.text
    source = open_source(f"video:{tmp_path}", **options, silent="drop")
    assert source.files == ("half.mp4",) and dict(source.skipped)["mute.mp4"] == "silent"
    draws = np.arange(40, dtype=np.uint64)
    read = source.read(np.zeros(40, int), draws)
    assert (np.abs(read["sound"]).max(1) > 0.01).all()
    assert len({numbers_of(clip)[0] for clip in read["clip"]}) > 20


def test_a_film_that_is_shorter_than_its_clip_ends_in_silence(tmp_path):
    write_numbered(tmp_path / "a.mp4", 10, sound=noise(0.4, RATE), rate=RATE)
    [sound] = open_source(f"video:{tmp_path}", frames=8, stride=2, sound=True, rate=RATE).read(np.array([0]))["sound"]
    assert len(sound) == 16 * 320 and (np.abs(sound[:3200]).max() > 0.4) and not sound[3210:].any()


def test_a_film_that_breaks_later_gives_way_to_one_of_its_class(tmp_path, caplog):
    for name in ("a/1.mp4", "a/2.mp4", "b/3.mp4"):
        write_numbered(tmp_path / name, 20)
    source = open_source(f"video:{tmp_path}", size=32, frames=4, stride=1)
    (tmp_path / "a/1.mp4").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        clips = source.read(np.array([0, 1]))["clip"]
    assert np.array_equal(clips[0], clips[1]) and "a/2.mp4 takes the place of a/1.mp4" in caplog.text
    (tmp_path / "b/3.mp4").unlink()
    with pytest.raises(DataError, match=r"b/3\.mp4 is unreadable"):
        source.read(np.array([2]))


def test_ucf101_as_it_is_unpacked(tmp_path):
    """Its lists number classes from 1, and name films that need not all be there."""
    for name in ("Archery/v_1.avi", "Archery/v_2.avi", "Biking/v_1.avi"):
        write_numbered(tmp_path / name, 12, codec="mpeg4", options={})
    lists = tmp_path / "ucfTrainTestlist"
    lists.mkdir()
    (lists / "classInd.txt").write_text("1 Biking\r\n2 Archery\r\n")
    (lists / "trainlist01.txt").write_text("Archery/v_1.avi 2\nBiking/v_1.avi 1\nBiking/v_9.avi 1\n")
    (lists / "testlist01.txt").write_text("Archery/v_2.avi\n\n")
    train = open_source(f"video:{tmp_path}", split="train")
    assert train.classes == ("Biking", "Archery") and train.files == ("Archery/v_1.avi", "Biking/v_1.avi")
    assert train.labels.tolist() == [1, 0] and train.skipped == (("Biking/v_9.avi", "No such file or directory"),)
    assert open_source(f"video:{tmp_path}", split="test").files == ("Archery/v_2.avi",)
    assert open_source(f"video:{tmp_path}", split="train[:50%]").length == 1
    with pytest.raises(DataError, match=r"no fold 2: there is no .*trainlist02\.txt"):
        open_source(f"video:{tmp_path}", fold=2)
    with pytest.raises(DataError, match="no split 'val'"):
        open_source(f"video:{tmp_path}", split="val")
    (tmp_path / "UCF-101").mkdir()
    for name in ("Archery", "Biking"):
        (tmp_path / name).rename(tmp_path / "UCF-101" / name)
    assert open_source(f"video:{tmp_path}").files == ("UCF-101/Archery/v_1.avi", "UCF-101/Biking/v_1.avi")


def test_refusals(folder, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        open_source(f"video:{tmp_path}/nowhere")
    with pytest.raises(DataError, match="no film in"):
        open_source(f"video:{tmp_path}")
    with pytest.raises(DataError, match='"stream"'):
        open_source(f"video:{folder}", route="ram")
    with pytest.raises(DataError, match="silent='no'"):
        open_source(f"video:{folder}", silent="no")
    with pytest.raises(DataError, match="frames=0"):
        open_source(f"video:{folder}", frames=0)
    with pytest.raises(DataError, match="unknown colour; it takes arrays, fold, fps, frames, rate, silent, sound"):
        open_source(f"video:{folder}", colour=1)


def test_a_folder_of_films_is_split_as_one_of_pictures(tmp_path):
    for name in ("train/a/1.mp4", "train/b/2.mp4", "val/b/3.mp4"):
        write_numbered(tmp_path / name, 12)
    source = open_source(f"video:{tmp_path}", split="test")
    assert source.files == ("val/b/3.mp4",) and source.labels.tolist() == [1]


@pytest.mark.parametrize("processes", [0, pytest.param(2, marks=pytest.mark.long)])
def test_batches_are_the_same_by_threads_and_by_processes(folder, processes):
    source = open_source(f"video:{folder}", size=24, frames=4, stride=2)
    whole = train_batches(source, batch_size=3, seed=1, workers=2, processes=processes)
    resumed = train_batches(source, batch_size=3, seed=1, start_step=2, workers=1)
    batches = [next(whole) for _ in range(4)]
    for batch in batches[2:]:
        again = next(resumed)
        assert np.array_equal(batch["clip"], again["clip"]) and np.array_equal(batch["index"], again["index"])
    assert not np.array_equal(batches[0]["clip"], batches[1]["clip"])
    whole.close()
    resumed.close()


def test_evaluation_sees_the_middle_in_order(folder):
    source = open_source(f"video:{folder}", size=24, frames=4, stride=2)
    batches = list(eval_batches(source, 2, workers=2))
    found = np.concatenate([batch["clip"][batch["valid"]] for batch in batches])
    assert np.array_equal(found, source.read(np.arange(5))["clip"])


def test_clips_at_even_distances(folder):
    source = open_source(f"video:{folder}", size=32, frames=4, stride=3)
    found = [numbers_of(each.read(np.array([1]))["clip"][0])[0] for each in clips_of(source, 3)]
    assert found == [0, 24, 48]  # of 49 places
    assert clips_of(source, 1) == [source]
    begins = [numbers_of(each.read(np.array([4]))["clip"][0]) for each in clips_of(source, 2)]
    assert begins == [[0, 3, 4, 4]] * 2  # of a film that is shorter than a clip


def test_arrays_beside_a_film_are_those_of_the_clips_frames(tmp_path):
    pose = np.arange(60, dtype=np.float32).reshape(20, 3)
    write_numbered(tmp_path / "a.mp4", 20)
    np.savez(tmp_path / "a.npz", pose=pose, reward=np.arange(20))
    source = open_source(f"video:{tmp_path}", size=32, frames=4, stride=3, arrays=("pose", "reward"))
    assert source.spec["pose"].shape == (4, 3) and source.spec["reward"] == jax.ShapeDtypeStruct((4,), np.int32)
    read = source.read(np.array([0, 0]), np.array([2, 7], np.uint64))
    for clip, own, reward in zip(read["clip"], read["pose"], read["reward"], strict=True):
        np.testing.assert_array_equal(own, pose[numbers_of(clip)])
        np.testing.assert_array_equal(reward, numbers_of(clip))
    batch = next(train_batches(source, batch_size=1, seed=0))
    np.testing.assert_array_equal(batch["pose"][0], pose[numbers_of(batch["clip"][0])])


def test_a_mask_is_cut_as_the_frames_are(tmp_path):
    """A film that is white where the mask is; 48 by 32 pixels, of which the middle is seen."""
    rows, columns = np.mgrid[:32, :48]
    masks = np.stack([(rows // 8 % 2 == 0) & (abs(columns - 14 - i) < 6) for i in range(6)]).astype(np.uint8)
    frames = (np.repeat(masks[..., None], 3, axis=3) * 255).astype(np.uint8)
    write_film(tmp_path / "a.mp4", frames, 25)
    np.savez(tmp_path / "a.npz", mask=masks)
    for size in (32, 16, 64):
        read = open_source(f"video:{tmp_path}", size=size, frames=6, stride=1, arrays=("mask",)).read(np.array([0]))
        assert read["mask"].shape == (1, 6, size, size) and read["mask"].dtype == np.uint8
        light = read["clip"][..., 0] > 127
        assert (light == read["mask"]).mean() > (0.999 if size == 32 else 0.9)
    np.testing.assert_array_equal(square_mask(masks, 32), masks[:, :, 8:40])
    np.savez(tmp_path / "a.npz", mask=masks[:, 0])
    with pytest.raises(DataError, match=r"mask beside a film has rows \[48\], and must have height and width"):
        open_source(f"video:{tmp_path}", size=32, frames=6, stride=1, arrays=("mask",)).read(np.array([0]))


def test_films_without_their_arrays_are_skipped_and_named(tmp_path):
    for name in ("a", "b", "c", "d", "e", "f"):
        write_numbered(tmp_path / f"{name}.mp4", 20)
    np.savez(tmp_path / "a.npz", pose=np.zeros((20, 3), np.float32))
    np.savez(tmp_path / "c.npz", action=np.zeros(20))
    np.savez(tmp_path / "d.npz", pose=np.zeros((20, 2), np.float32))
    np.savez(tmp_path / "e.npz", pose=np.array(["left"] * 20))
    (tmp_path / "f.npz").write_bytes(b"PK nothing")
    source = open_source(f"video:{tmp_path}", size=32, frames=4, arrays=("pose",))
    assert source.files == ("a.mp4",)
    assert dict(source.skipped) == {
        "b.mp4": "no b.npz beside it",
        "c.mp4": "no pose in c.npz; it has action",
        "d.mp4": "pose has rows float32 [2], unlike those before",
        "e.mp4": "pose of e.npz has no row of numbers for each frame",
        "f.mp4": "f.npz beside it cannot be read",
    }
    np.savez(tmp_path / "a.npz", pose=np.zeros((19, 3), np.float32))
    with pytest.raises(DataError, match=r"a.mp4 is unreadable \(19 rows of pose beside 20 frames\)"):
        source.read(np.array([0]))
