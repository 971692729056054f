"""Lanes of folds that hear a weighted sum of layers, on features of one standardisation."""

from collections.abc import Mapping

import jax

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import RunError
from affdyn_jax.method.model import Weights
from affdyn_jax.workdir.files import FinishedRun
from affdyn_jax.workdir.fold_standardisations import restore_fold_standardisations
from affdyn_jax.workdir.weights import for_standardisation


def of_one_standardisation(
    of_lanes: Mapping[str, Weights], run: FinishedRun, common: Standardisation
) -> dict[str, Weights]:
    """Weights on all layers side by side, from those for features of each lane's own fold.

    Args:
        of_lanes: Of lanes of the run, by their names.
        run: Whose folds they are of.
        common: What the features will be standardised with.

    Raises:
        RunError: A file of the run is damaged.
    """
    facts, lanes = run.facts, run.lanes
    folds = restore_fold_standardisations(run.workdir, len(facts.folds), facts.feature_count)
    fold_of = dict(zip(lanes["lane"], lanes["fold"], strict=True))
    found = {}
    for name, weights in of_lanes.items():
        if (fold := fold_of[name]) >= len(folds):
            raise RunError(
                f"{run.workdir / 'lanes.csv'}: fold {fold}, of which run.json has {len(folds)}; "
                "run the same affdyn_jax.main command again"
            )
        only_one = jax.tree.map(lambda leaf: leaf[None], weights)
        moved = for_standardisation(only_one, [folds[fold]], [common])
        found[name] = jax.tree.map(lambda leaf: leaf[0], moved)
    return found
