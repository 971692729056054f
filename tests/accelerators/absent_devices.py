"""Devices to compile for that are not there."""

import importlib
import pkgutil

import jax
from jax.experimental import topologies

# Data sheets of the A100 with 80 GB and of the H100 SXM; what follows is alike.
_GPUS = {
    80: {
        "core_count": 108,
        "fpus_per_core": 64,
        "shared_memory_per_core": 164 * 2**10,
        "shared_memory_per_block_optin": 163 * 2**10,
        "memory_bandwidth": 2_039_000_000_000,
        "device_memory_size": 80 * 2**30,
        "l2_cache_size": 40 * 2**20,
        "clock_rate_ghz": 1.41,
    },
    90: {
        "core_count": 132,
        "fpus_per_core": 128,
        "shared_memory_per_core": 228 * 2**10,
        "shared_memory_per_block_optin": 227 * 2**10,
        "memory_bandwidth": 3_352_000_000_000,
        "device_memory_size": 80 * 2**30,
        "l2_cache_size": 50 * 2**20,
        "clock_rate_ghz": 1.98,
    },
}
_ALIKE = {
    "threads_per_warp": 32,
    "threads_per_block_limit": 1024,
    "threads_per_core_limit": 2048,
    "registers_per_core_limit": 65536,
    "registers_per_block_limit": 65536,
    "shared_memory_per_block": 48 * 2**10,
    "block_dim_limit_x": 2**31 - 1,
    "block_dim_limit_y": 2**16 - 1,
    "block_dim_limit_z": 2**16 - 1,
}


def gpu(compute_capability):
    """A GPU of NVIDIA by its compute capability, 80 or 90, through JAX's plugin for CUDA."""
    name, *_ = cuda_plugins()
    # It looks for libraries that only running needs.
    importlib.import_module(name)._check_cuda_versions = lambda **_: None
    jax.devices()  # loads all plugins
    fields = _GPUS[compute_capability] | _ALIKE
    described = "\n".join(f"{name}: {value}" for name, value in fields.items())
    major, minor = divmod(compute_capability, 10)
    target = (
        f"gpu_device_info {{ {described}\n"
        f"cuda_compute_capability {{ major: {major} minor: {minor} }} }}\n"
        'platform_name: "CUDA"'
    )
    topology = topologies.get_topology_desc(platform="cuda", target_config=target, topology="1x1x1")
    return topology.devices[0]


def tpu():
    """A TPU v5e, through libtpu."""
    return topologies.get_topology_desc("v5e:2x2", platform="tpu").devices[0]


def cuda_plugins():
    """The names of JAX's plugins for CUDA 12 and 13 that are installed."""
    try:
        import jax_plugins
    except ImportError:
        return []
    found = (module.name for module in pkgutil.iter_modules(jax_plugins.__path__))
    return [f"jax_plugins.{name}" for name in found if name.startswith("xla_cuda")]
