"""The recurrence as GPUs compute it, against `torch.nn.GRU`."""

import pytest

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.parity,
    # PyTorch's compiler comes with modules that use what PyTorch has deprecated.
    pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning"),
]


@pytest.mark.parametrize("recordings", [1, 3])
@pytest.mark.parametrize("device", ["cpu, as on a GPU", "cuda"])
def test_a_layer_is_that_of_pytorch(device, recordings, monkeypatch):
    from third_party.pytorch_baseline import recurrence

    if device == "cuda":
        if not torch.cuda.is_available():
            pytest.skip("needs a GPU")
    else:
        device = "cpu"
        monkeypatch.setattr(recurrence, "_is_on_a_gpu", lambda tensor: True)
        monkeypatch.setitem(recurrence.CHUNK, "cpu", recurrence.CHUNK["cuda"])
    frames, lanes, hidden_size = 5, 2, 3
    torch.manual_seed(0)
    layers = [torch.nn.GRU(4, hidden_size).to(device).double() for _ in range(lanes)]
    features_tbf = torch.randn(frames, recordings, 4, device=device).double()
    gradient_tlbh = torch.randn(frames, lanes, recordings, hidden_size, device=device).double()

    expected = []
    for layer, gradient_tbh in zip(layers, gradient_tlbh.unbind(1), strict=True):
        hidden_tbh, _ = layer(features_tbf)
        hidden_tbh.backward(gradient_tbh)
        gradients = [getattr(layer, name).grad for name in ("weight_hh_l0", "bias_hh_l0")]
        expected.append((hidden_tbh.detach(), *gradients))

    weight_lih, bias_li = (
        torch.stack([getattr(layer, name).detach() for layer in layers]).requires_grad_()
        for name in ("weight_hh_l0", "bias_hh_l0")
    )
    of_inputs = [
        features_tbf @ layer.weight_ih_l0.detach().T + layer.bias_ih_l0.detach() for layer in layers
    ]
    inputs_tlbi = torch.stack(of_inputs, dim=1)
    with torch.compiler.set_stance("force_eager"):
        hidden_tlbh = recurrence.GRULayer.apply(inputs_tlbi, weight_lih, bias_li)
        hidden_tlbh.backward(gradient_tlbh)
    for lane, (hidden_tbh, of_weight_ih, of_bias_i) in enumerate(expected):
        torch.testing.assert_close(hidden_tlbh[:, lane].detach(), hidden_tbh)
        torch.testing.assert_close(weight_lih.grad[lane], of_weight_ih)
        torch.testing.assert_close(bias_li.grad[lane], of_bias_i)
