"""Time of live prediction: a chunk of 250 ms on one core.

    nice python -m experiments.benchmarks.stream

Models of H = 64 with random weights follow noise at 16 kHz, chunk by chunk, on one core of the
processor. The first chunks, in which programs are compiled, are counted separately. CPU time is
given beside wall time, for machines that others use too.
"""

import json
import os
import time

import numpy as np
from absl import app, flags

_KINDS = flags.DEFINE_list("kinds", ["mfb", "mfcc"], "Kinds of features.")
_RATES = flags.DEFINE_list("rates", ["16000", "48000"], "Of the sound, in Hz.")
_LANES = flags.DEFINE_list("lanes", ["4", "20"], "Lanes that predict; 4 are one for each task.")
_CHUNKS = flags.DEFINE_integer("chunks", 240, "Chunks of 250 ms, a minute.")

_COMPILING = 20  # chunks


def main(_):
    # Before JAX starts its threads.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from experiments.benchmarks.untrained_models import untrained_model

    for kind in _KINDS.value:
        for lane_count in map(int, _LANES.value):
            model = untrained_model(kind, lane_count=lane_count)
            for rate in map(int, _RATES.value):
                row = {"features": kind, "lanes": lane_count, "rate": rate}
                print(json.dumps(row | measure(model.stream(rate), rate)), flush=True)


def measure(stream, rate: int) -> dict:
    """Milliseconds for a chunk: the median, the slowest of 20, the slowest, and the first ones."""
    chunk = rate // 4
    noise = np.random.default_rng(0).standard_normal((_CHUNKS.value, chunk)).astype(np.float32)
    wall, cpu, rows = [], [], 0
    for samples in 0.1 * noise:
        started, cpu_before = time.perf_counter(), time.process_time()
        rows += len(stream.add(samples))
        wall.append(1e3 * (time.perf_counter() - started))
        cpu.append(1e3 * (time.process_time() - cpu_before))
    later = np.array(wall[_COMPILING:])
    return {
        "rows": rows,
        "median_ms": round(float(np.median(later)), 2),
        "p95_ms": round(float(np.quantile(later, 0.95)), 2),
        "max_ms": round(float(later.max()), 2),
        "median_cpu_ms": round(float(np.median(cpu[_COMPILING:])), 2),
        "slowest_at_first_ms": round(max(wall[:_COMPILING])),
    }


if __name__ == "__main__":
    app.run(main)
