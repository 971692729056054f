"""What is around a CUDA graph, with a stand-in for the graph where there is no GPU."""

import pytest

from tests.graph_stand_in import replace_graphs_and_streams

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.parity,
    # PyTorch's compiler comes with modules that use what PyTorch has deprecated.
    pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning"),
]


@pytest.fixture(params=["stand-in", "graph"])
def device(request, monkeypatch):
    """The device to capture on; the stand-in calls the function where a graph would be replayed."""
    if request.param == "graph":
        if not torch.cuda.is_available():
            pytest.skip("needs a GPU")
        return "cuda"
    replace_graphs_and_streams(monkeypatch)
    return "cpu"


def test_captured_steps_are_the_steps_themselves(device):
    from third_party.pytorch_baseline.captured import Captured

    def training():
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2).to(device)
        weights = list(model.parameters())
        on_gpu = device == "cuda"
        optimiser = torch.optim.Adam(weights, lr=0.1, fused=True, capturable=on_gpu)

        def step(inputs, targets):
            optimiser.zero_grad(set_to_none=True)
            loss = (model(inputs) - targets).square().mean()
            loss.backward()
            optimiser.step()
            return loss.detach()

        return weights, optimiser, step

    generator = torch.Generator().manual_seed(1)
    batches = [
        tuple(torch.randn(5, size, generator=generator).to(device) for size in (3, 2))
        for _ in range(4)
    ]
    expected_weights, _, step = training()
    expected = [step(*batch).item() for batch in batches]

    weights, optimiser, step = training()
    captured = Captured(step, batches[2], weights, optimiser)
    found = [captured(*batch).item() for batch in batches]
    assert found == pytest.approx(expected, rel=1e-5)
    for weight, expected_weight in zip(weights, expected_weights, strict=True):
        torch.testing.assert_close(weight, expected_weight)
