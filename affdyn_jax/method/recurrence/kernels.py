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
    slopes_pt4h,
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

    The last state is read by four parts of the next one: the three gates and, weighted by the
    update gate, the state itself. So there are four matrices, of which the fourth is the
    identity, and one sum.

    Args:
        cotangent_pth: The cotangents by way of what reads the states, shape (P, T, H).
        slopes_pt4h: Slopes of the next state by each part's product, shape (P, T, 4, H).
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
    part = tl.arange(0, 4)
    is_unit = unit < H
    frames = tl.load(frames_p + program)
    of_part = part[None, :, None] * (H * H)
    kernel = kernel_pghk + program // SHARING * (3 * H * H)
    kernel += unaligned + unit[:, None, None] + of_part + unit[None, None, :] * H
    is_weight = is_unit[:, None, None] & (part < 3)[None, :, None] & is_unit[None, None, :]
    weights = tl.load(kernel, is_weight, 0.0)
    is_one = (unit[:, None, None] == unit[None, None, :]) & (part == 3)[None, :, None]
    weights = tl.where(is_one, 1.0, weights)

    total_out = total_pth + program * frame_count * H + unit
    for t in range(frames, frame_count):
        tl.store(total_out + t * H, tl.full((PADDED,), 0.0, tl.float32), is_unit)
    cotangents = cotangent_pth + program * frame_count * H + unit
    slopes = slopes_pt4h + program * frame_count * (4 * H) + part[:, None] * H + unit[None, :]
    from_later = tl.full((PADDED,), 0.0, tl.float32)
    coming = (
        _frame_of_slopes(cotangents, slopes, frames - 1, is_unit, H),
        _frame_of_slopes(cotangents, slopes, frames - 2, is_unit, H),
        _frame_of_slopes(cotangents, slopes, frames - 3, is_unit, H),
    )
    for step in tl.range(frames, loop_unroll_factor=4):
        t = frames - 1 - step
        cotangent, slopes_4h = coming[0]
        later = _frame_of_slopes(cotangents, slopes, t - 3, is_unit, H)
        coming = (coming[1], coming[2], later)

        total = cotangent + from_later
        tl.store(total_out + t * H, total, is_unit)
        of_parts = total[None, :] * slopes_4h
        products = weights * of_parts[None, :, :]
        from_later = tl.reduce(tl.reduce(products, 2, _sum), 1, _sum)


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
def _frame_of_slopes(cotangents, slopes, t, is_unit, H: tl.constexpr):
    """The cotangent and the four slopes of frame t, if there is one."""
    is_loaded = is_unit & (t >= 0)
    return (
        tl.load(cotangents + t * H, is_loaded, 0.0),
        tl.load(slopes + t * (4 * H), is_loaded[None, :], 0.0),
    )


@triton.jit
def _sum(a, b):
    return a + b


@triton.jit
def _sums(a, b, c, other_a, other_b, other_c):
    return a + other_a, b + other_b, c + other_c


@triton.jit
def _sigmoid(x):
    return 1.0 / (1.0 + tl.exp(-x))
