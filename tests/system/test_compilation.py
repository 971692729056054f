import time

import jax
import jax.numpy as jnp
import pytest
from jax import monitoring

from affdyn_jax.system.compilation import WorkClock


def test_the_clock_stands_still_while_jax_compiles():
    clock, told = WorkClock(), []

    @jax.jit
    def traced(x):
        begin = clock()
        time.sleep(0.1)
        told.append((clock.is_compiling, clock() - begin))
        return x + 1

    with clock.running():
        begin = clock()
        traced(jnp.zeros(3))
        worked = clock() - begin
        assert not clock.is_compiling
        traced(jnp.zeros(3))  # compiled already
    assert told == [(True, 0.0)]
    assert worked < 0.1


@pytest.fixture
def now(monkeypatch):
    """The time, to be set."""
    times = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: times[0])
    return times


def test_tracing_within_tracing_counts_once_and_nothing_after_the_end(now):
    clock, step = WorkClock(), "/jax/core/compile/jaxpr_trace_duration"

    def at(second, tell):
        now[0] = second
        tell(step, 1.0)

    with clock.running():
        at(1, monitoring.record_event_duration_secs)  # begun before the clock ran
        assert clock() == 1
        at(2, monitoring.record_scalar)
        at(3, monitoring.record_scalar)
        at(4, monitoring.record_event_duration_secs)
        assert (clock(), clock.is_compiling) == (2, True)
        at(5, monitoring.record_event_duration_secs)
        assert (clock(), clock.is_compiling) == (2, False)
        now[0] = 7
        assert clock() == 4
    at(8, monitoring.record_scalar)
    assert (clock(), clock.is_compiling) == (5, False)
