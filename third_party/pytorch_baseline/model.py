"""The network of §3.3: a 2-layer GRU and one shared linear head with tanh."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class AffectModel(nn.Module):
    """Features to states and dynamics of all dimensions."""

    def __init__(self, feature_count: int, hidden_size: int, task_count: int):
        super().__init__()
        self.gru = nn.GRU(feature_count, hidden_size, num_layers=2, batch_first=True)
        self.head = nn.Linear(hidden_size, task_count)

    def forward(self, features_tf: Tensor) -> Tensor:
        """Predictions in (-1, 1), shape (T, K), of one recording's features, shape (T, F).

        Several recordings padded to one length, (N, T, F), give (N, T, K).
        """
        hidden_th, _ = self.gru(features_tf)
        return torch.tanh(self.head(hidden_th))


def model_with(weights: Mapping[str, Tensor]) -> AffectModel:
    """A model of the weights' sizes, with a copy of them, on their device."""
    task_count, hidden_size = weights["head.weight"].shape
    feature_count = weights["gru.weight_ih_l0"].shape[1]
    model = AffectModel(feature_count, hidden_size, task_count)
    model.load_state_dict(weights)
    return model.to(weights["head.weight"].device)
