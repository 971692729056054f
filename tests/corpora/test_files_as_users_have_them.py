"""Files of ratings as users have them, and what happens to each: these values, or one line."""

import numpy as np
import pytest
import soundfile

from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import CorpusError
from tests.corpora import files_of_tools, files_of_users
from tests.corpora.files_of_users import STATES
from tests.fuzzing import assert_told_in_one_line, reported_faults

LOADS = files_of_users.LOADS | files_of_tools.LOADS
MASKED = files_of_users.MASKED | files_of_tools.MASKED
REFUSED = files_of_users.REFUSED | files_of_tools.REFUSED


def corpus_of(folder, files):
    """The settings of a corpus that has the files for `anna`, in training, and for `ben`."""
    for name in ("anna", "ben"):
        soundfile.write(folder / f"{name}.wav", np.zeros(1000), 1000)
        for file, content in files.contents.items():
            path = folder / file.replace("anna", name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.replace("anna", name).encode(files.encoding))
    rows = [["recording", "partition", "audio", *files.cells]]
    for name, partition in (("anna", "train"), ("ben", "dev")):
        cells = [cell.replace("anna", name) for cell in files.cells.values()]
        rows.append([name, partition, f"{name}.wav", *cells])
    (folder / "corpus.csv").write_text("\n".join(map(",".join, rows)))
    return CorpusSettings(layout="manifest", root=str(folder / "corpus.csv"), **files.config)


def states_of(settings):
    """States of both recordings on the grid, shape (2, T, D), NaN where masked."""
    gold = put_on_grid(read_corpus(settings), frame_rate=4, annotation_delay=0)
    states = [
        np.where(valid_tk, values_tk, np.nan)[:, : len(settings.dimensions)]
        for values_tk, valid_tk in gold.traces.values()
    ]
    return np.stack(states)


@pytest.mark.parametrize("files", LOADS.values(), ids=LOADS)
def test_it_loads(tmp_path, files):
    states_ntd = states_of(corpus_of(tmp_path, files))
    np.testing.assert_allclose(states_ntd, [STATES, STATES], atol=1e-12)


@pytest.mark.parametrize(("files", "states"), MASKED.values(), ids=MASKED)
def test_it_loads_with_frames_masked(tmp_path, files, states):
    states_ntd = states_of(corpus_of(tmp_path, files))
    np.testing.assert_allclose(states_ntd, [states, states], atol=1e-12)


@pytest.mark.parametrize(("files", "told"), REFUSED.values(), ids=REFUSED)
def test_one_line_says_what_to_do(tmp_path, files, told):
    with pytest.raises(CorpusError) as caught:
        states_of(corpus_of(tmp_path, files))
    first, *_ = reported_faults(caught.value)
    assert_told_in_one_line(first)
    for fragment in told:
        assert fragment in str(first)


def test_the_table_is_of_forty_files_at_least():
    assert len(LOADS) + len(MASKED) + len(REFUSED) >= 40
