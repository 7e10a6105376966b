"""Arrays to a film file, with sound in step."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from jssl.data.film_index import library


def write_film(
    path: Path,
    frames: Iterable[np.ndarray],
    fps: int | Fraction,
    *,
    sound: np.ndarray | None = None,
    rate: int = 0,
    codec: str = "libx264",
    sound_codec: str = "flac",
    keys: int = 12,
    options: dict[str, str] | None = None,
) -> None:
    """Write a film; its ending says which container it is. The same arrays give the same bytes.

    Args:
        path: of the film.
        frames: uint8 [h, w, 3] each, of even sides, since colour is kept at half of them.
        fps: frames a second.
        sound: one channel, float32 [samples] in -1..1, which begins with the first frame.
        rate: its samples a second.
        codec: FFmpeg's encoder of the frames.
        sound_codec: of the sound; "flac" loses nothing but what 16 bits do not hold.
        keys: frames from one key frame to the next at most: where decoding can begin.
        options: the encoder's own; by default those of x264 that nobody sees a difference with.
    """
    av = library()
    options = {"crf": "14"} if options is None and codec == "libx264" else options or {}
    with av.open(path, "w", container_options={"fflags": "+bitexact"}) as container:
        film = container.add_stream(codec, rate=fps, options=options)
        film.pix_fmt, film.codec_context.thread_count, film.codec_context.gop_size = "yuv420p", 1, keys
        track = container.add_stream(sound_codec, rate=rate, layout="mono") if sound is not None else None
        for i, frame in enumerate(frames):
            if not i:
                film.height, film.width = frame.shape[:2]
            container.mux(film.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(film.encode(None))
        if track is not None:
            samples = np.clip(np.round(sound * 32767), -32768, 32767).astype(np.int16)
            whole = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            whole.sample_rate, whole.pts = rate, 0
            container.mux(track.encode(whole))
            container.mux(track.encode(None))
