"""The ordinary program's lanes side by side on one GPU, each on its own CUDA stream.

python -m third_party.pytorch_baseline.streams --data=sweep.npz --out=curves.csv

Each lane's step is a CUDA graph, since Python could not launch the kernels of so many lanes as
fast as the GPU computes them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from third_party.pytorch_baseline import command_line
from third_party.pytorch_baseline.captured import Captured
from third_party.pytorch_baseline.curves import Curve
from third_party.pytorch_baseline.data import Sweep
from third_party.pytorch_baseline.train import Lane, dev_pass, new_lane, train_step


class LaneOnStream(NamedTuple):
    """A lane that is trained beside others.

    Attributes:
        lane: The lane.
        stream: Its stream; there are 32 of them, which more lanes share.
        step: A training step, a function of a recording.
        score: The dev pass, a function of nothing.
    """

    lane: Lane
    stream: torch.cuda.Stream
    step: Callable[[Tensor, Tensor, Tensor], Tensor]
    score: Callable[[], tuple[Tensor, Tensor]]


def train_lanes(sweep: Sweep, max_epochs: int, patience: int) -> list[Curve]:
    """Train all lanes of a sweep, their steps in turns, until none improves any more (§4.2).

    Raises:
        ValueError: The sweep is not on a GPU.
    """
    if not sweep.train.features_ntf.is_cuda:
        raise ValueError("streams need a GPU; give --device=cuda, or run the program `train`")
    lanes = lanes_on_streams(sweep, captured=True)
    for epoch in range(max_epochs):
        training = [each for each in lanes if not each.lane.curve.is_over(patience)]
        if not training:
            break
        losses = train_epoch(training, sweep, epoch)
        # All lanes are running before the first score is waited for.
        scores = dev_passes(training)
        for each, of_lane, dev_scores in zip(training, losses, scores, strict=True):
            with torch.cuda.stream(each.stream):
                each.lane.finish_epoch(torch.stack(of_lane).mean(), *dev_scores)
    return [each.lane.curve for each in lanes]


def lanes_on_streams(sweep: Sweep, captured: bool) -> list[LaneOnStream]:
    """All lanes of a sweep before their first epoch, their steps CUDA graphs or not."""
    # Other streams do not wait for what the default one has copied to the GPU.
    torch.cuda.synchronize()
    indices = range(len(sweep.lane_l))
    lanes = [_lane_on_stream(sweep, index, captured) for index in indices]
    torch.cuda.synchronize()
    return lanes


def train_epoch(lanes: Sequence[LaneOnStream], sweep: Sweep, epoch: int) -> list[list[Tensor]]:
    """Start the steps of an epoch, a step of each lane in turn; returns each lane's losses."""
    losses = [[] for _ in lanes]
    recordings = list(_padded_recordings(sweep))
    for step in range(len(recordings)):
        for each, of_lane in zip(lanes, losses, strict=True):
            with torch.cuda.stream(each.stream):
                # The next step may write its loss to the same place.
                loss = each.step(*recordings[each.lane.order_en[epoch, step]])
                of_lane.append(loss.clone())
    return losses


def dev_passes(lanes: Sequence[LaneOnStream]) -> list[tuple[Tensor, Tensor]]:
    """Start each lane's dev pass; returns the loss and the CCC of each task, (K,), of each."""
    scores = []
    for each in lanes:
        with torch.cuda.stream(each.stream):
            scores.append(each.score())
    return scores


def _lane_on_stream(sweep: Sweep, index: int, captured: bool) -> LaneOnStream:
    lane, stream = new_lane(sweep, index, capturable=captured), torch.cuda.Stream()
    dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk
    weights = list(lane.model.parameters())

    def step(*recording: Tensor) -> Tensor:
        return train_step(lane.model, lane.optimiser, *recording, lane.task_weights_k)

    def score() -> tuple[Tensor, Tensor]:
        return dev_pass(lane.model, *dev, lane.task_weights_k)

    if captured:
        example = next(_padded_recordings(sweep))
        step = Captured(step, example, weights, lane.optimiser, stream)
        score = Captured(score, (), stream=stream)
    return LaneOnStream(lane, stream, step, score)


def _padded_recordings(sweep: Sweep) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """All training recordings at one length, since a CUDA graph has only one."""
    train = sweep.train
    return zip(train.features_ntf, train.gold_ntk, train.valid_ntk, strict=True)


if __name__ == "__main__":
    command_line.run(train_lanes, "Train a sweep of loss weights, each lane on a CUDA stream.")
