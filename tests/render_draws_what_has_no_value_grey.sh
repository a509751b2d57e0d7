#!/bin/sh
# `render` draws points without a value (NaN, _FillValue, valid_range) in a grey that no colour map has, says how many,
# and leaves them out of averages over points; -fill_missing gives them a value; a field of such points alone is refused.
. "$1/tests/program.sh"

/usr/bin/python3 - <<'PY' || exit 77
import h5py, numpy as np
u = np.random.default_rng(1).standard_normal((3, 32, 48)).astype("f4")
nan, fill = u.copy(), u.copy()
nan[:, 4:8, 40:] = np.nan
fill[:, 4:8, 40:] = -9999
with h5py.File("nan.h5", "w") as f: f["u"] = nan
with h5py.File("fill.h5", "w") as f:
    f["u"] = fill
    f["u"].attrs["_FillValue"] = np.float32(-9999)
with h5py.File("none.h5", "w") as f: f["u"] = np.full((3, 8, 8), np.nan)
with h5py.File("angle.h5", "w") as f: f["u"] = nan
with h5py.File("line.h5", "w") as f: f.create_dataset("u", data=nan[:, 4]).dims[0].label = "sample"
PY
# grey_of PICTURE: how many of its pixels are grey
grey_of() {
  /usr/bin/python3 - "$1" <<'PY'
import sys, struct, zlib
d, at, data = open(sys.argv[1], "rb").read(), 8, b""
while at < len(d):
    n, kind = struct.unpack(">I4s", d[at:at + 8])
    if kind == b"IHDR": w, h, depth, colour = struct.unpack(">IIBB", d[at + 8:at + 18])
    if kind == b"IDAT": data += d[at + 8:at + 8 + n]
    at += 12 + n
raw, step, rows, last = zlib.decompress(data), 3 if colour == 2 else 4, [], None
for y in range(h):
    kind, line = raw[y * (w * step + 1)], bytearray(raw[y * (w * step + 1) + 1:(y + 1) * (w * step + 1)])
    last = last or bytearray(len(line))
    for i in range(len(line)):
        a, b, c = line[i - step] if i >= step else 0, last[i], last[i - step] if i >= step else 0
        if kind == 1: line[i] = line[i] + a & 255
        elif kind == 2: line[i] = line[i] + b & 255
        elif kind == 3: line[i] = line[i] + (a + b) // 2 & 255
        elif kind == 4:
            p = a + b - c
            q = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))
            line[i] = line[i] + q[2] & 255
    rows.append(line)
    last = line
print(sum(bytes(r[i:i + 3]) == b"\xb0\xb0\xb0" for r in rows for i in range(0, len(r), step)))
PY
}

works 2 render nan.h5 -samples 0 -out nan.png
grep -qx '32 of 1536 pixels have no value: grey' ../out || wrong "it does not say the pixels: $(cat ../out)"
works 1 render fill.h5 -samples 0 -out fill.png
grep -qx '32 of 1536 pixels have no value: grey' ../out || wrong "of _FillValue: $(cat ../out)"
cmp -s nan.png fill.png || wrong "NaN and _FillValue are two pictures"
works 1 render fill.h5 -samples 0 -fill_missing 0 -out zero.png
grep -q 'no value' ../out && wrong "filled points have no value"
grey=$(grey_of nan.png)
filled=$(grey_of zero.png)
[ "$grey" -gt $((filled + 1000)) ] || wrong "grey are $grey pixels, $filled where the points are filled"
awk -v a="$(((grey - filled) / 32))" 'BEGIN { s = int(sqrt(a) + 0.5); exit !(a > 0.85 * s * s && a < 1.15 * s * s) }' ||
  wrong "the grey is not of 32 squares: $grey, $filled"

works 1 render nan.h5 -samples 0 -pixels 24 -out coarse.png # blocks of 2 x 2 points
grep -qx '8 of 384 pixels have no value: grey' ../out || wrong "averages: $(cat ../out)"
works 1 render nan.h5 -samples 0 -pixels 16 -out coarser.png # of 3 x 3: each has some that have values
grep -q 'no value' ../out && wrong "averages of what has values: $(cat ../out)"
grep -Eq 'mean [-.0-9e]+, variance [.0-9]+ where there are values$' ../out || wrong "mean and variance: $(cat ../out)"
works 1 render angle.h5 -samples 0 -colormap cyclic -out angle.png
grep -qx '32 of 1536 pixels have no value: grey' ../out || wrong "phases: $(cat ../out)"
works 1 render nan.h5 -samples 0 -mask_below 0 -out mask.png
works 1 render nan.h5 -ensemble -out ensemble.png
grep -qx '160 of 7680 pixels have no value: grey' ../out || wrong "mean, deviation, three samples: $(cat ../out)"
works 1 render line.h5 -samples 0 -out line.png
grep -qx '8 of 48 pixels have no value: gaps' ../out || wrong "a line: $(cat ../out)"
refused 2 'none of the chosen points has a value' render none.h5 -out none.png
finish
