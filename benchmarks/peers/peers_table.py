"""One model's comparison on the screen."""

from typing import Any

MIB = 2**20


def print_table(result: dict[str, Any]) -> None:
    """Examples per second, utilisation, peak memory, and how often each side fits into dltrain's time.

    Args:
        result: what `run.py` writes for one model.
    """
    print(
        f"\n{result['model']}, batch {result['batch_size']}, {result['examples']} examples a turn"
    )
    header = f"{'precision':>10}{'examples/s':>12}{'used':>6}{'peak MiB':>10}{'/ float32':>11}{'/ best':>8}"
    print(f"{'':<40}{header}")
    for name, seconds in result["median_seconds"].items():
        is_exact = result["precision"][name] == "float32"
        exact = f"{result['ratios_float32'][name]:.2f}" if is_exact else "-"
        print(
            f"{name:<40}{result['precision'][name]:>10}{result['examples'] / seconds:>12,.0f}"
            f"{result['utilisation'][name]:>6.0%}{result['peak_bytes'][name] / MIB:>10,.0f}{exact:>11}"
            f"{result['ratios_best'][name]:>8.2f}"
        )
    rates = ", ".join(f"{rate / 1e9:,.0f} in {name}" for name, rate in result["product"].items())
    print("ratios: its seconds over dltrain's, in float32 and with each side's best")
    print(f"used: of the GFLOP/s a large product of matrices reaches here, {rates}", flush=True)
