"""One GRU layer of all lanes together: frames in compiled chunks, the gradient by hand.

PyTorch has no GRU whose weights differ along a batch, and under autograd a loop over frames
spends most of its time on bookkeeping. So the gradient is written out: the backward loop
carries only the state's gradient, and the weights' gradients are products over all frames after
it.
"""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx
from torch.nn.functional import pad

# Frames compiled together: fewer need more calls, more take longer to compile. Calls that a
# CUDA graph replays cost nothing.
CHUNK = {"cpu": 16, "cuda": 1}

# Calling kernels from C++ is cheaper; on GPUs it would need CUDA's headers.
_OPTIONS = {"cpp_wrapper": not torch.cuda.is_available()}


class GRULayer(torch.autograd.Function):
    """Equations of `torch.nn.GRU` for L lanes, each with its own weights."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, inputs_tlbi: Tensor, weight_lih: Tensor, bias_li: Tensor
    ) -> Tensor:
        """States after each frame, shape (T, L, B, H), from a zero initial state.

        Args:
            ctx: Keeps what the gradient needs.
            inputs_tlbi: The input's part of the three gates (r, z, n), their input bias
                included, of B recordings: shape (T, L, B, 3H).
            weight_lih: Recurrent weights as PyTorch stacks them, shape (L, 3H, H).
            bias_li: Recurrent bias, shape (L, 3H).
        """
        frames, *shape, _ = inputs_tlbi.shape
        weight_lhi = weight_lih.transpose(1, 2).contiguous()
        start_lbh = inputs_tlbi.new_zeros(*shape, weight_lih.shape[2])
        states, gates = [start_lbh[None]], []
        with _one_thread():
            for inputs_clbi in _chunks(inputs_tlbi.detach().contiguous()):
                states_clbh, *gates_clbh = _forward(
                    states[-1][-1], inputs_clbi, weight_lhi, bias_li[:, None]
                )
                states.append(states_clbh)
                gates += gates_clbh
        states_tlbh = torch.cat(states)[: frames + 1]
        ctx.save_for_backward(weight_lih, states_tlbh, *gates)
        return states_tlbh[1:]

    @staticmethod
    def backward(ctx: FunctionCtx, gradient_tlbh: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of the three inputs from that of the states."""
        weight_lih, states_tlbh, *gates = ctx.saved_tensors
        before_tlbh = states_tlbh[:-1]
        chunks = zip(
            _chunks(gradient_tlbh.contiguous()),
            _chunks(before_tlbh),
            *(gates[kind::4] for kind in range(4)),
            strict=True,
        )
        later_lbh, gradients = torch.zeros_like(before_tlbh[0]), []
        with _one_thread():
            for chunk in reversed(list(chunks)):
                later_lbh, *of_products = _backward(later_lbh, chunk, weight_lih)
                gradients.append(of_products)
        of_inputs_tlbi, of_recurrent_tlbi = (
            torch.cat(parts[::-1])[: len(gradient_tlbh)] for parts in zip(*gradients, strict=True)
        )
        of_recurrent_lit = of_recurrent_tlbi.permute(1, 3, 0, 2).flatten(2)
        before_lth = before_tlbh.transpose(0, 1).flatten(1, 2)
        return of_inputs_tlbi, of_recurrent_lit @ before_lth, of_recurrent_lit.sum(2)


@torch.compile(dynamic=False, options=_OPTIONS)
def _forward(
    state_lbh: Tensor, inputs_clbi: Tensor, weight_lhi: Tensor, bias_l1i: Tensor
) -> tuple[Tensor, ...]:
    """States of a chunk of C frames, and what its gradient needs: r, z, n and n's recurrent part.

    All five have the shape (C, L, B, H).
    """
    frames = []
    for inputs_lbi in inputs_clbi:
        of_r, of_z, of_n = inputs_lbi.chunk(3, dim=-1)
        recurrent_of_r, recurrent_of_z, recurrent_lbh = _recurrent_parts(
            state_lbh, weight_lhi, bias_l1i
        )
        r_lbh = torch.sigmoid(of_r + recurrent_of_r)
        z_lbh = torch.sigmoid(of_z + recurrent_of_z)
        n_lbh = torch.tanh(of_n + r_lbh * recurrent_lbh)
        state_lbh = n_lbh + z_lbh * (state_lbh - n_lbh)
        frames.append((state_lbh, r_lbh, z_lbh, n_lbh, recurrent_lbh))
    return tuple(torch.stack(kind) for kind in zip(*frames, strict=True))


@torch.compile(dynamic=False, options=_OPTIONS)
def _backward(
    later_lbh: Tensor, chunk: tuple[Tensor, ...], weight_lih: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of a chunk: of the state before it, of its inputs and of its recurrent products.

    Args:
        later_lbh: Gradient of the chunk's last state by way of later frames, (L, B, H).
        chunk: Of C frames, each (C, L, B, H): the gradient of each state by way of what reads
            it, the state before each frame, and from `_forward` the reset gate r, the update gate
            z, the candidate n and what r multiplies.
        weight_lih: Recurrent weights, (L, 3H, H).
    """
    gradient_clbh, before_clbh, r_clbh, z_clbh, n_clbh, recurrent_clbh = chunk
    # What the arguments of tanh and sigmoid get of the state's gradient; r's gets it of n's.
    n_by_state = (1 - z_clbh) * (1 - n_clbh**2)
    z_by_state = (before_clbh - n_clbh) * z_clbh * (1 - z_clbh)
    r_by_n = recurrent_clbh * r_clbh * (1 - r_clbh)
    of_inputs, of_recurrent = [], []
    for frame in reversed(range(len(gradient_clbh))):
        state_lbh = gradient_clbh[frame] + later_lbh
        of_n = state_lbh * n_by_state[frame]
        of_z = state_lbh * z_by_state[frame]
        of_r = of_n * r_by_n[frame]
        of_inputs.append(torch.cat((of_r, of_z, of_n), dim=-1))
        of_recurrent.append(torch.cat((of_r, of_z, of_n * r_clbh[frame]), dim=-1))
        later_lbh = _plus_product(state_lbh * z_clbh[frame], of_recurrent[-1], weight_lih)
    return later_lbh, torch.stack(of_inputs[::-1]), torch.stack(of_recurrent[::-1])


def _recurrent_parts(state_lbh: Tensor, weight_lhi: Tensor, bias_l1i: Tensor) -> tuple[Tensor, ...]:
    """What r, z and n take from the last state, each (L, B, H)."""
    if not _is_one_row_on_a_gpu(state_lbh):
        return _plus_product(bias_l1i, state_lbh, weight_lhi).chunk(3, dim=-1)
    # Gate by gate, sums and all that is made of them are one kernel.
    of_gates = zip(bias_l1i.chunk(3, dim=-1), weight_lhi.chunk(3, dim=-1), strict=True)
    return tuple(
        _plus_product(bias_l1h, state_lbh, weight_lhh) for bias_l1h, weight_lhh in of_gates
    )


def _plus_product(addend_lbo: Tensor, rows_lbi: Tensor, weight_lio: Tensor) -> Tensor:
    """A product of matrices for each lane, added to another one: `torch.baddbmm`.

    On a GPU each kernel takes longer to begin than to compute: a sum is compiled into one kernel
    with what surrounds it, and `baddbmm` would copy the addend by a kernel of its own.
    """
    if _is_one_row_on_a_gpu(rows_lbi):
        return addend_lbo + (rows_lbi.transpose(1, 2) * weight_lio).sum(1, keepdim=True)
    if _is_on_a_gpu(rows_lbi):
        return addend_lbo + torch.bmm(rows_lbi, weight_lio)
    return torch.baddbmm(addend_lbo, rows_lbi, weight_lio)


def _is_one_row_on_a_gpu(rows_lbi: Tensor) -> bool:
    return _is_on_a_gpu(rows_lbi) and rows_lbi.shape[1] == 1


def _is_on_a_gpu(tensor: Tensor) -> bool:
    return tensor.is_cuda


def _chunks(frames_tlb: Tensor) -> list[Tensor]:
    """Chunks of frames, the last one filled up with zeros, so all share one compiled program."""
    chunk = CHUNK[frames_tlb.device.type]
    *chunks, last = frames_tlb.split(chunk)
    missing = chunk - len(last)
    return [*chunks, pad(last, (0, 0) * (last.ndim - 1) + (0, missing))]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread: sharing out a frame's small products over threads takes longer."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
