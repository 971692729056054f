"""The kernels' machine code: of a listing written by hand, and as Triton and ptxas make it."""

import pytest

from experiments.benchmarks.machine_code import HIDDEN_SIZES, assembled, kernels_of, longest_loop

LISTING = """\
.L_x_0:
        /*0000*/                   LDG.E R2, desc[UR4][R2.64] ;
        /*0010*/              @!P0 BRA `(.L_x_0) ;
.L_x_1:
        /*0020*/                   FFMA R3, R2, R2, R3 ;
        /*0030*/                   FFMA R4, R2, R2, R4 ;
        /*0040*/               @P1 BRA `(.L_x_2) ;
        /*0050*/              @UP0 BRA `(.L_x_1) ;
.L_x_2:
        /*0060*/                   EXIT ;
"""


def test_instructions_of_the_longest_loop_are_counted():
    assert longest_loop(LISTING.splitlines()) == {"FFMA": 2, "BRA": 2}


@pytest.mark.accelerators
@pytest.mark.parametrize("sm", [80, 90])
@pytest.mark.parametrize("which", [0, 1], ids=["forward", "back"])
@pytest.mark.parametrize("hidden_size", HIDDEN_SIZES)
def test_kernels_keep_their_weights_in_registers(hidden_size, which, sm, request):
    pytest.importorskip("jax_triton", reason="jax-triton is not installed", exc_type=ImportError)
    if (hidden_size, which) == (128, 1):
        reason = "its four matrices are as large as all registers of a multiprocessor"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    kernel = kernels_of(hidden_size, sm)[which]
    resources, lines = assembled(kernel, sm)
    assert resources.spilled == 0
    assert resources.registers * 32 * kernel.warps <= 65536
    # In each of the four frames of a turn, three matrices at least are multiplied, by FFMA or FMUL.
    counts = longest_loop(lines)
    products = (counts["FFMA"] + counts["FMUL"]) * 32 * kernel.warps
    assert products >= 4 * 3 * hidden_size**2
