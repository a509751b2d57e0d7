#!/usr/bin/env python3
"""zoom.py FILE.h5 VARIABLE OUT.png: field 0 of a plane, all of it, an eighth and a sixty-fourth of its edge about the middle.

Reads rows as it needs them, so that a field may be larger than memory.  Debian: python3-h5py, python3-matplotlib.
"""
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

PIXELS = 512

if len(sys.argv) != 4:
    sys.exit(__doc__.splitlines()[0])
try:
    field = h5py.File(sys.argv[1])[sys.argv[2]]
except (OSError, KeyError) as error:
    sys.exit(f"zoom.py: {sys.argv[1]}, {sys.argv[2]}: {error}")
if field.ndim != 3:
    sys.exit(f"zoom.py: {sys.argv[2]} has {field.ndim} axes: give a variable of one component in the plane, (sample, y, x)")
panels = plt.subplots(1, 3, figsize=(15, 5), layout="constrained")[1]
for panel, part in zip(panels, (1, 8, 64)):
    rows, columns = (slice(n // 2 - n // part // 2, n // 2 + n // part // 2, max(1, n // part // PIXELS)) for n in field.shape[1:])
    piece = field[0, rows, columns].astype(float)
    panel.imshow(piece, cmap="RdBu_r", vmin=-3 * piece.std(), vmax=3 * piece.std())
    panel.axis("off")
plt.savefig(sys.argv[3], dpi=90)
