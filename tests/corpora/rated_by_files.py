"""A corpus of two recordings that are rated by the files of a user."""

import numpy as np
import soundfile

from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.dataset.gold_on_grid import put_on_grid


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
