"""The ordinary program's lanes side by side on one GPU, each on its own CUDA stream.

python -m third_party.pytorch_baseline.streams --data=sweep.npz --out=curves.csv
"""

import torch

from third_party.pytorch_baseline import command_line
from third_party.pytorch_baseline.curves import Curve
from third_party.pytorch_baseline.data import Sweep
from third_party.pytorch_baseline.train import dev_pass, new_lane, train_step


def train_lanes(sweep: Sweep, max_epochs: int, patience: int) -> list[Curve]:
    """Train all lanes of a sweep, their steps in turns, until none improves any more (§4.2).

    Raises:
        ValueError: The sweep is not on a GPU.
    """
    if not sweep.train.features_ntf.is_cuda:
        raise ValueError("streams need a GPU; give --device=cuda, or run the program `train`")
    lanes = [new_lane(sweep, index) for index in range(len(sweep.lane_l))]
    streams = [torch.cuda.Stream() for _ in lanes]
    recordings = sweep.train.recordings()
    dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk
    # The default stream's preparations are complete before the others begin.
    torch.cuda.synchronize()
    for epoch in range(max_epochs):
        training = [
            (lane, stream)
            for lane, stream in zip(lanes, streams, strict=True)
            if not lane.curve.is_over(patience)
        ]
        if not training:
            break
        losses = [[] for _ in training]
        for step in range(len(recordings)):
            for (lane, stream), of_lane in zip(training, losses, strict=True):
                with torch.cuda.stream(stream):
                    recording = recordings[lane.order_en[epoch, step]]
                    of_lane.append(
                        train_step(lane.model, lane.optimiser, *recording, lane.task_weights_k)
                    )
        scores = []
        for (lane, stream), of_lane in zip(training, losses, strict=True):
            with torch.cuda.stream(stream):
                dev_scores = dev_pass(lane.model, *dev, lane.task_weights_k)
                scores.append((torch.stack(of_lane).mean(), *dev_scores))
        # All lanes are running before the first score is waited for.
        for (lane, stream), of_lane in zip(training, scores, strict=True):
            with torch.cuda.stream(stream):
                lane.finish_epoch(*of_lane)
    return [lane.curve for lane in lanes]


if __name__ == "__main__":
    command_line.run(train_lanes, "Train a sweep of loss weights, each lane on a CUDA stream.")
