"""A generated corpus in the layout of another, for trying the program without data.

    <root>/audio/Train_HU_01.wav       16 kHz, 16 bit, mono
    <root>/labels/Train_HU_01.csv      name;timestamp;arousal;valence, 10 Hz
    <root>/STAND-IN DATA.txt           says that all of it was generated, and from what

This is AVEC 2019's; RECOLA's two have their own folders (see `layouts`).
Ratings have the statistics of real ones, and speech-like audio follows them ahead of the
raters' delay: enough to be learned from, not enough to conclude from.
"""

import functools
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.standin.layouts import audio_path, write_ratings
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.corpora.standin.speech import speak
from affdyn_jax.corpora.standin.traces import RATING_RATE, felt_affect
from affdyn_jax.corpora.standin.voice import SAMPLE_RATE
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import STANDIN_MARK
from affdyn_jax.system.whole_files import creating


def write_standin(
    settings: StandIn,
    root: Path,
    workers: int = 1,
    on_recording: Callable[[str], None] | None = None,
) -> None:
    """Write the corpus, or leave it as it is where it already lies.

    The folder appears under its name only when it is whole; what processes left that were killed
    while they wrote it is removed.

    Args:
        settings: What to generate.
        root: The corpus's folder; what is there must be a stand-in of the same settings.
        workers: Recordings generated at once, each in a thread; 1 or more.
        on_recording: Called with the name of each finished recording, in their order.

    Raises:
        CorpusError: The folder holds something else, or cannot be written.
    """
    if _is_finished(settings, root):
        return
    try:
        with creating(root) as corpus:
            audio_path(settings.layout, corpus, "").parent.mkdir(parents=True)
            with ThreadPoolExecutor(workers) as pool:
                write = functools.partial(_write_recording, settings, corpus)
                for recording in pool.map(write, settings.recordings):
                    if on_recording is not None:
                        on_recording(recording)
            (corpus / STANDIN_MARK).write_bytes(settings.mark.encode())
    except OSError as error:
        # Another process may have been faster.
        if not _is_finished(settings, root):
            raise CorpusError(
                f"{root}: the stand-in cannot be written ({error.strerror}); choose a folder "
                "with room that you may write to"
            ) from error


def _is_finished(settings: StandIn, root: Path) -> bool:
    """Whether the corpus is there; a folder that is anything else is refused."""
    if not root.exists():
        return False
    mark = root / STANDIN_MARK
    if not mark.is_file():
        raise CorpusError(
            f"{root}: exists and is not a stand-in (no file '{STANDIN_MARK}'), so nothing is "
            "written there; name a folder that does not exist yet"
        )
    try:
        is_same = mark.read_bytes() == settings.mark.encode()
    except OSError as error:
        raise CorpusError(
            f"{mark}: cannot be read ({error.strerror}), so whether the stand-in is the wanted one "
            "is unknown; name another folder"
        ) from error
    if not is_same:
        raise CorpusError(
            f"{mark}: this stand-in was made from other settings, which the file lists; name "
            "another folder, or remove this one to have it made anew"
        )
    return True


def _write_recording(settings: StandIn, corpus: Path, recording: str) -> str:
    """Write the audio and the ratings of one recording; returns its name."""
    # Streams of their own, so that a change to one part leaves the others as they were.
    streams = np.random.SeedSequence([settings.seed, *recording.encode()]).spawn(4)
    of_length, of_affect, of_raters, of_speech = map(np.random.default_rng, streams)
    duration_s = of_length.uniform(settings.shortest_s, settings.longest_s)
    felt_sd = felt_affect(of_affect, int(duration_s * RATING_RATE))
    with wave.open(str(audio_path(settings.layout, corpus, recording)), "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(SAMPLE_RATE)
        audio.writeframes(speak(of_speech, felt_sd).astype("<i2").tobytes())
    write_ratings(settings.layout, corpus, recording, of_raters, felt_sd, settings.reaction_delay_s)
    return recording
