"""A generated corpus in the layout of another, for trying the program without data.

    <root>/audio/Train_HU_01.wav       16 kHz, 16 bit, mono
    <root>/labels/Train_HU_01.csv      name;timestamp;arousal;valence, 10 Hz
    <root>/STAND-IN DATA.txt           says that all of it was generated, and from what

This is AVEC 2019's; RECOLA's two have their own folders (see `layouts`).
Ratings have the statistics of real ones, and speech-like audio follows them ahead of the
raters' delay: enough to be learned from, not enough to conclude from.
"""

import dataclasses
import functools
import hashlib
import json
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from affdyn_jax.corpora.standin.layouts import audio_path, recording_names, write_ratings
from affdyn_jax.corpora.standin.speech import speak
from affdyn_jax.corpora.standin.traces import RATING_RATE, felt_affect
from affdyn_jax.corpora.standin.voice import SAMPLE_RATE
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import STANDIN_MARK, STANDIN_WORDS
from affdyn_jax.system.whole_files import creating

# Raised with every change that makes other bytes of the same settings.
_GENERATOR_VERSION = 1

# Raters take up to 6 s until they first move; shorter recordings would hold nothing else.
_SHORTEST_S = 10.0
_LONGEST_S = 3600.0
_LONGEST_DELAY_S = 5.0

# Their names have to fit into memory.
_MOST_RECORDINGS = 10_000


def _part_of_names(language: str) -> str:
    if not (language.isascii() and language.isalnum()):
        raise ValueError("is part of file names; use letters and digits, e.g. HU")
    return language


@dataclasses.dataclass(frozen=True)
class StandIn:
    """A corpus that is generated, in the layout of another (layout standin).

    Every byte of it is decided here. A recording depends on its name and on all settings but the
    numbers of recordings. The order of the fields is part of the corpus's mark.
    """

    language: Annotated[
        str,
        AfterValidator(_part_of_names),
        Field(description="Middle part of recordings' names in layout avec2019, e.g. Train_HU_01."),
    ] = "XX"
    train: Annotated[
        int, Field(ge=1, le=_MOST_RECORDINGS, description="Recordings of the training partition.")
    ] = 34
    dev: Annotated[
        int, Field(ge=1, le=_MOST_RECORDINGS, description="Of the development partition.")
    ] = 14
    test: Annotated[int, Field(ge=0, le=_MOST_RECORDINGS, description="Of the test partition.")] = (
        16
    )
    shortest_s: Annotated[
        float,
        Field(ge=_SHORTEST_S, le=_LONGEST_S, description="Seconds of the shortest recording."),
    ] = 60.0
    longest_s: Annotated[
        float,
        Field(
            ge=_SHORTEST_S,
            le=_LONGEST_S,
            description="Seconds of the longest; lengths are drawn evenly between the two.",
        ),
    ] = 176.8
    reaction_delay_s: Annotated[
        float,
        Field(
            ge=0,
            le=_LONGEST_DELAY_S,
            description="Seconds from what is heard to its rating.",
        ),
    ] = 2.0
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="Of all that is drawn.")] = 0
    layout: Annotated[
        Literal["avec2019", "avec2016", "recola"], Field(description="Whose layout it comes in.")
    ] = "avec2019"

    def __post_init__(self):
        """Refuse lengths in the wrong order; 60 and 60.0 s are the same corpus."""
        for field in ("shortest_s", "longest_s", "reaction_delay_s"):
            object.__setattr__(self, field, float(getattr(self, field)))
        if self.longest_s < self.shortest_s:
            raise ValueError(
                f"longest_s={self.longest_s:g} is less than shortest_s={self.shortest_s:g}; "
                "exchange them"
            )

    @property
    def partitions(self) -> dict[str, tuple[str, ...]]:
        """The names of each partition's recordings, as the layout's files are named."""
        counts = {"train": self.train, "dev": self.dev, "test": self.test}
        return recording_names(self.layout, self.language, counts)

    @property
    def recordings(self) -> tuple[str, ...]:
        """The names of all recordings."""
        return tuple(name for names in self.partitions.values() for name in names)

    @property
    def folder_name(self) -> str:
        """A name that no stand-in of other settings has."""
        digest = hashlib.sha256(_mark(self).encode()).hexdigest()
        return f"{self.language}-{self.train}-{self.dev}-{self.test}-{digest[:12]}"


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
            (corpus / STANDIN_MARK).write_bytes(_mark(settings).encode())
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
        is_same = mark.read_bytes() == _mark(settings).encode()
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


def _mark(settings: StandIn) -> str:
    """The text that tells a reader, and the next run, what the folder holds."""
    made_from = {"generator_version": _GENERATOR_VERSION, **dataclasses.asdict(settings)}
    return (
        f"{STANDIN_WORDS}\n\n"
        "Everything in this folder was generated by affdyn_jax (affdyn_jax/corpora/standin/).\n"
        "No one spoke, felt or rated any of it; scores on it say nothing about people.\n"
        "It was made from these settings and from nothing else:\n\n"
        f"{json.dumps(made_from, indent=2)}\n"
    )


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
