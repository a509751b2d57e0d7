#!/usr/bin/env python3
"""A Gaussian field as one draws it with numpy and scipy, timed: the peer of `karhunen bench -bench_type field`.

    python3 jobs/bench_scipy.py --n 4096,4096 --bits 32 --workers 2 [--out scipy.json]

Normal numbers for the half spectrum, times the root of a spectrum made beforehand, one inverse real transform.
"""
import argparse
import json
import statistics
import sys
import time

try:
    import numpy as np
    import scipy.fft
except ImportError:
    sys.exit("bench_scipy.py: scipy is not installed (Debian: python3-scipy)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", default="256,256")
    for name, value in (("bits", 32), ("workers", 2), ("repeat", 5)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--out")
    a = parser.parse_args()
    n = tuple(int(i) for i in a.n.split(","))
    real, cplx = (np.float32, np.complex64) if a.bits == 32 else (np.float64, np.complex128)
    k = [np.fft.fftfreq(m, 1 / m) for m in n[:-1]] + [np.arange(n[-1] // 2 + 1.0)]
    k2 = sum(np.reshape(x * x, [-1 if i == axis else 1 for i in range(len(n))]) for axis, x in enumerate(k))
    root = ((1 + k2) ** -1.5).astype(real)
    rng = np.random.default_rng(1)
    seconds = []
    for _ in range(a.repeat + 1):
        start = time.perf_counter()
        z = rng.standard_normal(root.shape + (2,), dtype=real).view(cplx)[..., 0]
        z *= root
        scipy.fft.irfftn(z, s=n, workers=a.workers, overwrite_x=True, norm="forward")
        seconds.append(time.perf_counter() - start)
    result = {"case": f"scipy field {a.n} float{a.bits}", "figures": {"seconds": statistics.median(seconds[1:]), "workers": a.workers, "scipy": scipy.__version__}}
    print(json.dumps(result, indent=2))
    if a.out:
        with open(a.out, "w") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
