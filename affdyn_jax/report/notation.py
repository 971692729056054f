"""Numbers as the paper prints them, and the words around them."""

import math

from affdyn_jax.evaluation import significance
from affdyn_jax.method.tasks import STATE, Task

UNDEFINED = "–"
CONFIDENCE = f"{100 * significance.CONFIDENCE:g} %"


def ccc(value: float) -> str:
    """Three decimals without the leading zero, `.577` or `-.011` (Table 1)."""
    if math.isnan(value):
        return UNDEFINED
    # Adding 0 turns -0.0, to which small negative numbers round, into 0.
    return f"{round(value, 3) + 0.0:.3f}".replace("0.", ".", 1)


def ccc_with_interval(value: float, half_width: float) -> str:
    """A mean and half the width of its confidence interval, where there is one."""
    if math.isnan(value) or math.isnan(half_width):
        return ccc(value)
    return f"{ccc(value)} ± {ccc(half_width)}"


def ccc_between(value: float, low: float, high: float) -> str:
    """A value and the bounds of its confidence interval, `.577 [.521, .618]`."""
    if math.isnan(low):
        return ccc(value)
    return f"{ccc(value)} [{ccc(low)}, {ccc(high)}]"


def probability(p: float) -> str:
    """A p-value, `.023`, or `< .001`."""
    return "< .001" if p < 0.001 else ccc(p)


def p_is(p: float) -> str:
    """A p-value within a sentence, `p = .023`, or `p < .001`."""
    return f"p {probability(p)}" if p < 0.001 else f"p = {probability(p)}"


def weight(w: float) -> str:
    """A value of w, with one decimal where it has no more (Table 1)."""
    if math.isnan(w):
        return UNDEFINED
    return f"{w:.1f}" if round(w, 1) == w else f"{w:g}"


def duration(seconds: float) -> str:
    """A wall time: `4.2 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counted(count: int, noun: str) -> str:
    """`1 lane`, `3 lanes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def task_name(task: Task) -> str:
    """A task in words, `arousal` or `arousal dynamics`."""
    return task.dimension if task.target == STATE else f"{task.dimension} {task.target}"
