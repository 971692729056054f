"""A function of tensors as one CUDA graph: its kernels are recorded once and launched at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

# The first call compiles and creates the optimiser's state, the second settles all else.
_WARM_UPS = 2


class Captured:
    """A function that a GPU repeats without Python, on new values of its arguments.

    Args:
        function: Of tensors, without waiting for the GPU; what it returns is overwritten by each
            call.
        examples: Arguments of the shapes that all calls have.
        weights: Weights that the function changes; after the capture they are as before.
        optimiser: Likewise, an optimiser of these weights without any step so far, made with
            `capturable=True`.
        stream: The stream that calls are made on, if they run beside others: graphs that were
            recorded on one stream share its work space.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        examples: Sequence[Tensor],
        weights: Iterable[Tensor] = (),
        optimiser: Optimizer | None = None,
        stream: "torch.cuda.Stream | None" = None,
    ):
        self._buffers = [example.clone() for example in examples]
        weights = list(weights)
        first = [weight.detach().clone() for weight in weights]

        def start_again() -> None:
            with torch.no_grad():
                for weight, value in zip(weights, first, strict=True):
                    weight.copy_(value)
            if optimiser is not None:
                # Gradients of the recording's own memory take the place of these.
                optimiser.zero_grad(set_to_none=True)
                for state in optimiser.state.values():
                    for tensor in state.values():
                        tensor.zero_()

        self._replay, self._results = _record(lambda: function(*self._buffers), start_again, stream)

    def __call__(self, *arguments: Tensor) -> Any:
        """The results for these arguments, valid until the next call."""
        for buffer, argument in zip(self._buffers, arguments, strict=True):
            buffer.copy_(argument)
        self._replay()
        return self._results


def _record(
    function: Callable[[], Any],
    start_again: Callable[[], None],
    stream: "torch.cuda.Stream | None",
) -> tuple[Callable[[], None], Any]:
    """Record a function as a graph; returns what repeats it, and its results."""
    stream = stream or torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    graph = torch.cuda.CUDAGraph()
    # Kernels of a backward pass in autograd's own thread would not belong to the recording.
    with torch.autograd.set_multithreading_enabled(False):
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UPS):
                function()
            start_again()
        # JAX's threads in the same process may allocate meanwhile.
        with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
            results = function()
    torch.cuda.current_stream().wait_stream(stream)
    return graph.replay, results
