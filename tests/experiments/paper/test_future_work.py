"""The measurement of future work on generated tables in the fusion's layout, in small."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.configs import avec2019_fusion_de
from affdyn_jax.training.settings import HiddenSizes
from experiments.paper import future_work_jobs
from experiments.paper.future_work import future_work
from experiments.paper.future_work_jobs import RULES, jobs
from experiments.paper.future_work_scores import SYSTEMS
from experiments.paper.future_work_systems import in_words

SECONDS = 8


@pytest.fixture(scope="module")
def root(made_once):
    """Gold standards of 14 recordings, and nine systems that predict them with noise."""

    def write(folder):
        rng = np.random.default_rng(0)
        systems = avec2019_fusion_de.get_config().features.folders
        for number in range(1, 15):
            name = f"Devel_DE_{number:02d}"
            walk = np.cumsum(rng.normal(size=(SECONDS * 10, 3)), axis=0) / 20
            for of in ("labels_devel", *systems):
                noise = 0 if of == "labels_devel" else rng.normal(0, 0.1, walk.shape)
                table = pd.DataFrame(
                    np.tanh(walk + noise), columns=["arousal", "valence", "liking"]
                )
                table.insert(0, "timestamp", np.arange(len(table)) / 10)
                table.insert(0, "name", f"'{name}'")
                (folder / of).mkdir(parents=True, exist_ok=True)
                table.to_csv(folder / of / f"{name}.csv", sep=";", index=False)

    return made_once("fusion", write)


@pytest.fixture(scope="module")
def small(root):
    """One seed, two epochs, H = 2."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(future_work_jobs, "_SEEDS", (0,))
        patched.setattr(future_work_jobs, "_MAX_EPOCHS", 2)
        patched.setattr(future_work_jobs, "_HIDDEN_SIZES", HiddenSizes(mono=(), multi=(2,)))
        yield str(root)


def test_the_jobs_have_all_that_is_compared(root):
    planned = jobs(str(root))
    assert all(len(job.sweep.weights) == 11 and len(job.sweep.seeds) == 5 for job in planned)
    assert all(job.sweep.folds == "leave_one_group_out" for job in planned)
    assert {len(group) for job in planned for group in job.corpus.groups} == {2}
    assert set(planned.weightings.sweep.weightings) == {"fixed", *RULES}
    others = [dataclasses.replace(job, sweep=planned.smoothed.sweep) for job in planned]
    assert others[0] == others[1]
    assert dataclasses.replace(others[2], dynamics=others[0].dynamics) == others[0]


@pytest.fixture(scope="module")
def finished(small, tmp_path_factory):
    """The workdir of a finished measurement."""
    folder = tmp_path_factory.mktemp("future_work")
    future_work(small, folder)
    return folder


@pytest.mark.slow  # its parts: test_nested_choice, test_future_work_scores, test_holm
def test_every_system_is_in_the_tables(finished):
    scores = pd.read_csv(finished / "scores.csv")
    assert list(dict.fromkeys(scores["system"])) == [in_words(of) for of in SYSTEMS]
    assert len(scores) == len(SYSTEMS) * 4
    assert scores["ccc"].notna().all()
    assert (scores["smoothed_ccc"].notna() == (scores["target"] == "dynamics")).all()
    differences = pd.read_csv(finished / "differences.csv")
    assert len(differences) == 2 * 12 + 2 * 7
    # Seven conversations: p is a multiple of 1/128, and swapping all of them changes nothing.
    np.testing.assert_allclose(differences["p_value"] * 128 % 2, 0, atol=1e-3)
    assert (differences["p_corrected"] >= differences["p_value"]).all()
    chosen = pd.read_csv(finished / "chosen_w.csv")
    assert len(chosen) == 4 * 7 * 4  # treatments, folds, tasks


@pytest.mark.slow
def test_the_text_says_how_small_p_can_be(finished):
    text = (finished / "future_work.md").read_text()
    assert "7 of them can be swapped in 128 ways, so p cannot fall below .016" in text
    assert "Corrected by Holm for 38 differences, it cannot fall below .594" in text
    assert "Each of 7 conversations" in text
    assert "best fixed w, causal low-pass – best fixed w" in text
    for name in ("future_work", "w_by_epoch"):
        assert f"(<figures/{name}.svg>)" in text
        svg = (finished / "figures" / f"{name}.svg").read_text()
        assert all(f"<!-- {rule} -->" in svg for rule in RULES)
        png = (finished / "figures" / f"{name}.png").read_bytes()
        assert png.startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_same_command_trains_nothing_twice(finished, small):
    before = (finished / "scores.csv").read_text()
    future_work(small, finished)
    assert (finished / "scores.csv").read_text() == before
    log = (finished / "log.txt").read_text()
    assert log.count("0 epochs in") == 3
