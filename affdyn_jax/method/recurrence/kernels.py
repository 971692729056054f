"""The loops over frames as Triton kernels for GPUs: one program, that is one block, a lane.

A lane's recurrent weights stay in registers, and so does its state or its state's cotangent; in
a frame only what is new is read. The inputs of the next frame are on their way meanwhile.

Each thread holds rows of a matrix whole, or as large a part of them as the number of threads
allows: a product then sums within a thread, where otherwise every sum would cross threads, and
each thread would compute many units' gates again. Triton lays a matrix out so if its rows lie
side by side in memory (hence the order of the weights' axes here) and may not be loaded several
at once: `unaligned`, which is 0 but unknown to the compiler, takes the alignment away.
"""

import triton
import triton.language as tl


@triton.jit
def through_frames(
    inputs_ptgh,
    kernel_pgkh,
    candidate_bias_ph,
    frames_p,
    unaligned,
    frame_count,
    hidden_pth,
    H: tl.constexpr,
    PADDED: tl.constexpr,
    SHARING: tl.constexpr,
):
    """States after each frame from a zero state, 0 in the padding.

    Args:
        inputs_ptgh: What each gate takes from the input, shape (P, T, 3, H) of P programs.
        kernel_pgkh: Recurrent weights, from row to column, shape (P / SHARING, 3, H, H).
        candidate_bias_ph: The recurrent bias of the candidate, shape (P / SHARING, H).
        frames_p: How many of the T frames are no padding, shape (P,).
        unaligned: 0.
        frame_count: T.
        hidden_pth: The result, shape (P, T, H).
        H: Hidden size.
        PADDED: A power of 2 that is not less.
        SHARING: How many programs that follow each other share their weights.
    """
    program = tl.program_id(0).to(tl.int64)
    unit = tl.arange(0, PADDED)
    is_unit = unit < H
    frames = tl.load(frames_p + program)
    kernel = kernel_pgkh + program // SHARING * (3 * H * H)
    kernel += unaligned + unit[:, None] + unit[None, :] * H
    is_weight = is_unit[:, None] & is_unit[None, :]
    reset_w = tl.load(kernel, is_weight, 0.0)
    update_w = tl.load(kernel + H * H, is_weight, 0.0)
    candidate_w = tl.load(kernel + 2 * H * H, is_weight, 0.0)
    bias = tl.load(candidate_bias_ph + program // SHARING * H + unit, is_unit, 0.0)

    inputs = inputs_ptgh + program * frame_count * (3 * H) + unit
    result = hidden_pth + program * frame_count * H + unit
    hidden = tl.full((PADDED,), 0.0, tl.float32)
    coming = (
        _frame_of_gates(inputs, 0, frames, is_unit, H),
        _frame_of_gates(inputs, 1, frames, is_unit, H),
        _frame_of_gates(inputs, 2, frames, is_unit, H),
    )
    for t in tl.range(frames, loop_unroll_factor=4):
        reset_in, update_in, candidate_in = coming[0]
        coming = (coming[1], coming[2], _frame_of_gates(inputs, t + 3, frames, is_unit, H))

        column = hidden[None, :]
        reset_sum, update_sum, candidate_sum = tl.reduce(
            (reset_w * column, update_w * column, candidate_w * column), 1, _sums
        )
        reset = _sigmoid(reset_in + reset_sum)
        update = _sigmoid(update_in + update_sum)
        candidate = 2.0 * _sigmoid(2.0 * (candidate_in + reset * (candidate_sum + bias))) - 1.0
        hidden = (1.0 - update) * candidate + update * hidden
        tl.store(result, hidden, is_unit)
        result += H
    for _ in range(frames, frame_count):
        tl.store(result, tl.full((PADDED,), 0.0, tl.float32), is_unit)
        result += H


@triton.jit
def back_through_frames(
    cotangent_pth,
    update_pth,
    reset_slope_pth,
    update_slope_pth,
    candidate_slope_pth,
    kernel_pghk,
    frames_p,
    unaligned,
    frame_count,
    total_pth,
    H: tl.constexpr,
    PADDED: tl.constexpr,
    SHARING: tl.constexpr,
):
    """Cotangents of the states with what later frames contribute, 0 in the padding.

    Args:
        cotangent_pth: The cotangents by way of what reads the states, shape (P, T, H).
        update_pth: The update gate, shape (P, T, H).
        reset_slope_pth: Slopes by what the reset gate takes from the last state, (P, T, H).
        update_slope_pth: The same of the update gate.
        candidate_slope_pth: The same of the candidate.
        kernel_pghk: Recurrent weights, from column to row, shape (P / SHARING, 3, H, H).
        frames_p: How many of the T frames are no padding, shape (P,).
        unaligned: 0.
        frame_count: T.
        total_pth: The result, shape (P, T, H).
        H: Hidden size.
        PADDED: A power of 2 that is not less.
        SHARING: How many programs that follow each other share their weights.
    """
    program = tl.program_id(0).to(tl.int64)
    unit = tl.arange(0, PADDED)
    is_unit = unit < H
    frames = tl.load(frames_p + program)
    kernel = kernel_pghk + program // SHARING * (3 * H * H)
    kernel += unaligned + unit[:, None] + unit[None, :] * H
    is_weight = is_unit[:, None] & is_unit[None, :]
    reset_w = tl.load(kernel, is_weight, 0.0)
    update_w = tl.load(kernel + H * H, is_weight, 0.0)
    candidate_w = tl.load(kernel + 2 * H * H, is_weight, 0.0)

    for t in range(frames, frame_count):
        padding = total_pth + (program * frame_count + t) * H + unit
        tl.store(padding, tl.full((PADDED,), 0.0, tl.float32), is_unit)
    first = program * frame_count * H + unit
    pointers = (
        cotangent_pth + first,
        update_pth + first,
        reset_slope_pth + first,
        update_slope_pth + first,
        candidate_slope_pth + first,
    )
    from_later = tl.full((PADDED,), 0.0, tl.float32)
    coming = (
        _frame_of_slopes(pointers, frames - 1, is_unit, H),
        _frame_of_slopes(pointers, frames - 2, is_unit, H),
        _frame_of_slopes(pointers, frames - 3, is_unit, H),
    )
    for step in tl.range(frames, loop_unroll_factor=4):
        t = frames - 1 - step
        cotangent, update, reset_slope, update_slope, candidate_slope = coming[0]
        coming = (coming[1], coming[2], _frame_of_slopes(pointers, t - 3, is_unit, H))

        total = cotangent + from_later
        tl.store(total_pth + first + t * H, total, is_unit)
        of_reset = (total * reset_slope)[None, :]
        of_update = (total * update_slope)[None, :]
        of_candidate = (total * candidate_slope)[None, :]
        reset_sum, update_sum, candidate_sum = tl.reduce(
            (reset_w * of_reset, update_w * of_update, candidate_w * of_candidate), 1, _sums
        )
        from_later = total * update + reset_sum + update_sum + candidate_sum


@triton.jit
def _frame_of_gates(inputs, t, frames, is_unit, H: tl.constexpr):
    """What the three gates take from the input in frame t, if there is one."""
    at = inputs + t * (3 * H)
    is_loaded = is_unit & (t < frames)
    return (
        tl.load(at, is_loaded, 0.0),
        tl.load(at + H, is_loaded, 0.0),
        tl.load(at + 2 * H, is_loaded, 0.0),
    )


@triton.jit
def _frame_of_slopes(pointers, t, is_unit, H: tl.constexpr):
    """Frame t of the five arrays, if there is one."""
    is_loaded = is_unit & (t >= 0)
    return (
        tl.load(pointers[0] + t * H, is_loaded, 0.0),
        tl.load(pointers[1] + t * H, is_loaded, 0.0),
        tl.load(pointers[2] + t * H, is_loaded, 0.0),
        tl.load(pointers[3] + t * H, is_loaded, 0.0),
        tl.load(pointers[4] + t * H, is_loaded, 0.0),
    )


@triton.jit
def _sums(a, b, c, other_a, other_b, other_c):
    return a + other_a, b + other_b, c + other_c


@triton.jit
def _sigmoid(x):
    return 1.0 / (1.0 + tl.exp(-x))
