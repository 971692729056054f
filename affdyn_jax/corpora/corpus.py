"""A corpus of recordings, each with its gold standard: every layout is read into one."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.errors import CorpusError
from affdyn_jax.method.rating_scale import UNIT_SCALE, RatingScale
from affdyn_jax.system.file_names import fault_of, in_one_line, one_file


@dataclasses.dataclass(frozen=True, eq=False)
class GoldStandard:
    """The reference traces of one recording, at the rate they were published in.

    Attributes:
        times_s: Times of the S samples in seconds from the start of the audio, increasing.
        values_sd: Values of the D dimensions, shape (S, D), NaN where one was not rated.
        path: The table they come from, for messages; the first one where there are several.
        agreement_d: Mean CCC of all pairs of raters in each dimension, shape (D,); None where
            the gold standard was published without the ratings.
        rated_d2: The lowest and the highest rating of any rater in each dimension, shape
            (D, 2); None where the gold standard was published without the ratings.
    """

    times_s: np.ndarray = dataclasses.field(repr=False)
    values_sd: np.ndarray = dataclasses.field(repr=False)
    path: Path
    agreement_d: np.ndarray | None = None
    rated_d2: np.ndarray | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Recording:
    """One recording of a corpus.

    Attributes:
        name: Unique in the corpus.
        partition: `train`, `dev` or `test`.
        audio: The audio file; None where the corpus is used with precomputed features only.
        gold_standard: None where labels were withheld, which only `test` may have.
        group: Recordings of one group, e.g. of one speaker or conversation, are no independent
            data. By default each recording is a group of its own, of its name.
        attributes: What else its corpus says of it, by what that is, e.g. `language`.
    """

    name: str
    partition: str
    audio: Path | None
    gold_standard: GoldStandard | None
    group: str = ""
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        if not self.group:
            object.__setattr__(self, "group", self.name)


@dataclasses.dataclass(frozen=True, eq=False)
class Corpus:
    """The recordings of one corpus, in the order train, dev, test and by name within each.

    Attributes:
        name: As in tables and figures, e.g. `SEWA HU`.
        root: The corpus's folder; that of the manifest where there is one.
        dimensions: The D dimensions in the order of the gold standards' columns.
        recordings: All recordings.
        is_standin: Whether it was generated; everything made from it is then marked so.
        rating_scale: The scale that it was rated on; its gold standards may have been mapped
            from it to [-1, 1] (see `unit_scale`).
        masks_gaps: Whether frames without a rating are left out, rather than refused.

    Raises:
        CorpusError: There is no dimension or one comes twice, a name comes twice or cannot be a
            file's, a partition is unknown, train or dev is empty, a train or dev recording has
            no gold standard, or only a part of the test partition has one.
    """

    name: str
    root: Path
    dimensions: tuple[str, ...]
    recordings: tuple[Recording, ...]
    is_standin: bool = False
    rating_scale: RatingScale = UNIT_SCALE
    masks_gaps: bool = False

    def __post_init__(self):
        """Refuse a corpus that cannot be trained on, and put the recordings in order."""
        if not self.dimensions or len(set(self.dimensions)) < len(self.dimensions):
            raise CorpusError(
                f"{self.root}: the dimensions are {self.dimensions}; name at least one, each once"
            )
        seen = {}
        for recording in self.recordings:
            if fault := fault_of(recording.name):
                raise CorpusError(
                    f"{self._place(recording)}: recording {recording.name!r} {fault}, so no "
                    "results could be written for it; rename its files"
                )
            if recording.partition not in PARTITIONS:
                raise CorpusError(
                    f"{self.root}: recording '{recording.name}' is in partition "
                    f"'{recording.partition}'; partitions are {', '.join(PARTITIONS)}"
                )
            if recording.name in seen:
                raise CorpusError(
                    f"{self.root}: recording '{recording.name}' is listed twice, in "
                    f"'{seen[recording.name]}' and '{recording.partition}'; keep one of them"
                )
            seen[recording.name] = recording.partition
        if pair := one_file(seen):
            raise CorpusError(
                f"{self.root}: recordings '{pair[0]}' and '{pair[1]}' would be one file where case "
                "does not count; rename the files of one"
            )
        for partition in ("train", "dev"):
            if not self.partition(partition):
                raise CorpusError(
                    f"{self.root}: no recording is in partition '{partition}'; training needs "
                    "one for its weights (train) and one for early stopping (dev)"
                )
        in_order = sorted(self.recordings, key=lambda r: (PARTITIONS.index(r.partition), r.name))
        object.__setattr__(self, "recordings", tuple(in_order))
        for partition in PARTITIONS:
            unlabelled = [r.name for r in self.partition(partition) if r.gold_standard is None]
            withheld = partition == "test" and len(unlabelled) == len(self.partition("test"))
            if unlabelled and not withheld:
                raise CorpusError(
                    f"{self.root}: {len(unlabelled)} recording(s) of '{partition}' have no "
                    f"labels, first '{unlabelled[0]}'; only a whole test partition may lack them"
                )

    def partition(self, name: str) -> tuple[Recording, ...]:
        """The recordings of one partition, by name."""
        return tuple(r for r in self.recordings if r.partition == name)

    def _place(self, recording: Recording) -> str:
        """A file of the recording, or the corpus's folder, for messages."""
        gold_standard = recording.gold_standard
        return in_one_line(recording.audio or (gold_standard and gold_standard.path) or self.root)

    @property
    def agreement(self) -> dict[str, float]:
        """The raters' agreement in each dimension, mean over recordings; empty if unknown."""
        gold_standards = [r.gold_standard for r in self.recordings if r.gold_standard is not None]
        agreements = [g.agreement_d for g in gold_standards if g.agreement_d is not None]
        if not agreements:
            return {}
        return dict(zip(self.dimensions, np.mean(agreements, axis=0).tolist(), strict=True))
