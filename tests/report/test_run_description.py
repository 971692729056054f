import dataclasses

import pytest

from affdyn_jax.report.run_description import (
    data_table,
    features_in_words,
    settings,
    summary,
    whole_config,
)


def test_summary_counts_models_and_recordings(run):
    text = summary(run).text
    # 3 seeds, 3 values of w: mono-dimensional, 2 dimensions at 1 size; multi at 2 sizes.
    assert text.startswith("36 models (lanes)")
    assert "state and dynamics of arousal and valence from the mfb features of made-up" in text
    assert text.endswith("Recordings: 6 for training, 3 for dev and 6 for test.")


def test_minutes_are_frames_by_rate(run):
    assert data_table(run).rows == [
        (("train",), ["6", "1.8", "yes"]),  # 6 recordings of 72 frames at 4 Hz: 108 s
        (("dev",), ["3", "0.9", "yes"]),
        (("test",), ["6", "1.8", "yes"]),
    ]


def test_settings_tell_models_time_and_machine(run):
    facts = dict(settings(run).items)
    assert facts["Features"] == "mfb, F = 40, 4 Hz"
    assert facts["Setups"] == "mono-dimensional, H = 4; multi-dimensional, H = 4, 8"
    assert facts["w"] == "0.0, 0.5, 1.0"
    assert facts["Seeds"] == "0, 1, 2"
    assert facts["Training"].startswith("at most 40 epochs, patience 10 by dev loss; ")
    assert facts["Time"] == (
        "3 min 33 s: corpus 0.4 s, features 12.5 s, dataset 0.2 s, training 3 min 20 s"
    )
    assert facts["Hardware"] == "2 CPU cores"
    assert facts["Versions"] == "python 3.11.9, jax 0.9.0"
    assert "Commit" not in facts


def test_features_of_layers_are_those_of_each(run):
    facts = dataclasses.replace(run.facts, layers=[0, 3, 6, 9])
    assert features_in_words(facts) == "mfb, 4 layers of F = 10"


def test_the_commit_of_a_checkout(run):
    commit = "0123456789" * 4
    of_commit = dataclasses.replace(run.facts, commit=commit)
    told = settings(dataclasses.replace(run, facts=of_commit)).items
    assert dict(told)["Commit"] == commit
    changed = dataclasses.replace(of_commit, has_uncommitted_changes=True)
    told = settings(dataclasses.replace(run, facts=changed)).items
    assert dict(told)["Commit"] == f"{commit}, with uncommitted changes"


@pytest.mark.parametrize(
    ("smoothing", "said"),
    [
        ("moving_average", "of states that a moving average over 1.5 s has smoothed"),
        ("savitzky_golay", "of states that a Savitzky-Golay filter over 1.5 s has smoothed"),
        ("none", None),
    ],
)
def test_smoothing_is_told_where_there_is_any(run, smoothing, said):
    dynamics = {"dynamics": {"smoothing": smoothing, "window": 1.5}}
    smoothed = dataclasses.replace(run, config=run.config | dynamics)
    assert dict(settings(smoothed).items).get("Dynamics") == said
    assert "Dynamics" not in dict(settings(run).items)


def test_agreement_of_the_raters_is_reported_where_it_is_known(run):
    assert "Raters' agreement" not in dict(settings(run).items)
    agreement = {"arousal": 0.4321, "valence": 0.3}
    rated = dataclasses.replace(run, facts=dataclasses.replace(run.facts, agreement=agreement))
    assert dict(settings(rated).items)["Raters' agreement"] == (
        "arousal .432 and valence .300 (CCC, mean of all pairs and recordings)"
    )


def test_config_is_reported_field_by_field_without_folders_of_this_machine(run):
    config = {
        "corpus": {"root": "/home/me/corpora/sewa", "dimensions": ["arousal", "valence"]},
        "features": {"cache": "~/cache", "layer": [], "encoder": {"model": "", "cut": False}},
        "training": {"learning_rate": 6e-4, "patience": 30},
    }
    (facts,) = whole_config(dataclasses.replace(run, config=config)).blocks
    assert facts.items == [
        ("config.corpus.root", "…/sewa"),
        ("config.corpus.dimensions", "arousal, valence"),
        ("config.features.cache", "…/cache"),
        ("config.features.layer", "–"),
        ("config.features.encoder.model", "–"),
        ("config.features.encoder.cut", "False"),
        ("config.training.learning_rate", "0.0006"),
        ("config.training.patience", "30"),
    ]


def test_folds_groups_rules_and_settings_are_told(swept_run, run):
    text = summary(swept_run).text
    assert "at 3 values of w, the weight of dynamics in the loss or moved by 2 rules" in text
    assert text.endswith("Recordings: 6 in 3 folds.")
    assert data_table(swept_run).rows == [(("all",), ["6", "1.8", "yes"])]
    facts = dict(settings(swept_run).items)
    assert facts["Folds"].startswith("3, of 2 recordings each. A fold's recordings are tested by")
    assert facts["Groups"] == "3 of several recordings; intervals and tests take each as one"
    assert facts["w"] == "0.0, 0.5, 1.0"
    assert facts["Rules that move w"] == "famo, dwa"
    assert facts["Learning rate"] == "0.0006, 0.001"
    assert (
        not {"Folds", "Groups", "Rules that move w", "Learning rate"}
        & dict(settings(run).items).keys()
    )
