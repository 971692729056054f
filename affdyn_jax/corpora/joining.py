"""Several corpora as one, whose recordings know where they come from."""

import os.path
from collections.abc import Mapping
from pathlib import Path

from affdyn_jax.corpora.corpus import Corpus, Origin, Recording
from affdyn_jax.corpora.settings import CorpusSettings, OneOfSeveral
from affdyn_jax.errors import CorpusError
from affdyn_jax.method.rating_scale import RatingScale


def join_corpora(
    settings: CorpusSettings, corpora: Mapping[str, OneOfSeveral], members: Mapping[str, Corpus]
) -> Corpus:
    """The recordings of all corpora, in the partitions that each gives them.

    Groups stay apart by corpus: the same speaker's name may be another speaker's elsewhere.

    Args:
        settings: Of all together; gold standards are on [-1, 1], but results are on its
            `rating_range`.
        corpora: Each one's settings, by the name of its section.
        members: Each one as `read_corpus` gives it.

    Raises:
        CorpusError: One gives no recording, two have a recording's name or an audio file in common,
            or only some of them have labels of test.
    """
    recordings = []
    for key, member in members.items():
        if not member.recordings:
            raise CorpusError(
                f"{member.root}: corpora.{key} gives no recording to any partition; name some in "
                f"corpora.{key}.partitions, or leave it out"
            )
        recordings += [_renamed(one, member, corpora[key].prefix) for one in member.recordings]
    key_of = {member: key for key, member in members.items()}
    _check_names(recordings, key_of)
    _check_audio(recordings)
    _check_test_labels(members)
    return Corpus(
        settings.name,
        Path(os.path.commonpath([member.root.absolute() for member in members.values()])),
        settings.dimensions,
        tuple(recordings),
        is_standin=any(member.is_standin for member in members.values()),
        rating_scale=RatingScale.of(settings.rating_range),
        masks_gaps=settings.masks_gaps,
    )


def _renamed(recording: Recording, member: Corpus, prefix: str) -> Recording:
    is_alone = recording.group == recording.name
    return Recording(
        f"{prefix}{recording.name}",
        recording.partition,
        recording.audio,
        recording.gold_standard,
        group="" if is_alone else f"{member.name}: {recording.group}",
        attributes=recording.attributes,
        origin=Origin(member, recording.name),
    )


def _check_names(recordings: list[Recording], key_of: Mapping[Corpus, str]) -> None:
    first_of = {}
    for recording in recordings:
        first = first_of.setdefault(recording.name, recording)
        if first is not recording:
            one, other = first.origin.corpus, recording.origin.corpus
            key = key_of[other]
            raise CorpusError(
                f"{other.root}: recording '{recording.name}' of '{other.name}' has the name of one "
                f"of '{one.name}' ({one.root}), and results are files of these names; tell them "
                f"apart by --config.corpora.{key}.prefix={key}_"
            )


def _check_audio(recordings: list[Recording]) -> None:
    first_of = {}
    for recording in recordings:
        if recording.audio is not None:
            first = first_of.setdefault(recording.audio.resolve(), recording)
            if first.origin.corpus is not recording.origin.corpus:
                raise CorpusError(
                    f"{recording.audio}: the audio of '{first.name}' of "
                    f"'{first.origin.corpus.name}' and of '{recording.name}' of "
                    f"'{recording.origin.corpus.name}'; leave it out of one of them"
                )


def _check_test_labels(members: Mapping[str, Corpus]) -> None:
    """Refuse test recordings of which some corpora have gold standards, others not.

    Within a corpus all of test has them, or none.
    """
    tests = {key: member.partition("test") for key, member in members.items()}
    rated = {key: test[0].gold_standard is not None for key, test in tests.items() if test}
    for key, is_rated in rated.items():
        if not is_rated and any(rated.values()):
            raise CorpusError(
                f"{members[key].root}: the test recordings of '{members[key].name}' have no "
                "labels, those of other corpora have; leave them out by "
                f"--config.corpora.{key}.partitions.test=(), or of the manifest"
            )
