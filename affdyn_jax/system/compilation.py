"""Compilation as JAX tells of it: whether it compiles, and a clock that stands still then."""

import contextlib
import threading
import time
from collections.abc import Iterator

from jax import monitoring

# JAX tells when each begins, by a scalar, and when it is over, by a duration.
_STEPS = frozenset(
    f"/jax/core/compile/{step}_duration"
    for step in ("jaxpr_trace", "jaxpr_to_mlir_module", "backend_compile")
)


class WorkClock:
    """Seconds without those in which JAX traced and compiled programs, in whatever thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._steps_begun = 0  # tracing is nested
        self._stopped_at = self._seconds_compiling = 0.0

    def __call__(self) -> float:
        """Seconds since some time or other."""
        with self._lock:
            now = self._stopped_at if self._steps_begun else time.monotonic()
            return now - self._seconds_compiling

    @property
    def is_compiling(self) -> bool:
        """Whether JAX is compiling now."""
        return self._steps_begun > 0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Listen to JAX."""
        monitoring.register_scalar_listener(self._on_begin)
        monitoring.register_event_duration_secs_listener(self._on_end)
        try:
            yield
        finally:
            monitoring.unregister_scalar_listener(self._on_begin)
            monitoring.unregister_event_duration_listener(self._on_end)

    def _on_begin(self, event: str, _value: float, **_: object) -> None:
        if event in _STEPS:
            with self._lock:
                if not self._steps_begun:
                    self._stopped_at = time.monotonic()
                self._steps_begun += 1

    def _on_end(self, event: str, _duration: float, **_: object) -> None:
        with self._lock:
            # What is not counted as begun began before the clock ran.
            if event in _STEPS and self._steps_begun:
                self._steps_begun -= 1
                if not self._steps_begun:
                    self._seconds_compiling += time.monotonic() - self._stopped_at
