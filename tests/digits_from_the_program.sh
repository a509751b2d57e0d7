#!/bin/sh
# From an IDX file to drawn digits: row 0 is the top in the file of digits, so it is in what their model draws on another grid;
# a model of a law that says nothing of its rows says nothing.  -mnist_finer keeps the modes of the finer grid.
# With -mnist_warp a digit that comes again is another one, about as large, the same on any ranks.
# Bad IDX files get one line.
. "$1/tests/program.sh"

# 12 images of 9 x 7: a bar whose length and place depend on the number; and files that are wrong.
/usr/bin/python3 - <<'PYTHON' || exit 77
import gzip, struct, numpy as np
x = np.zeros((12, 9, 7), "u1")
for i in range(12):
    x[i, 1 + i % 4:4 + i % 4, 1 + i % 3:3 + i % 5] = 255
def idx(magic, n=12):
    return struct.pack(">4I", magic, n, 9, 7) + x.tobytes()
open("digits.idx", "wb").write(idx(0x803))
open("digits.gz", "wb").write(gzip.compress(idx(0x803)))
open("cut.gz", "wb").write(gzip.compress(idx(0x803))[:-20])
open("labels.idx", "wb").write(idx(0x801))
open("reals.idx", "wb").write(idx(0xd03))
open("short.idx", "wb").write(idx(0x803, 13))
open("empty.idx", "wb")
PYTHON
mkdir folder

digits="generate -generator_type mnistsdf -grid_n 16,16 -samples 12 -seed 1"
works 2 $digits -mnist_images digits.gz -out digits.h5
works 1 $digits -mnist_images digits.idx -out plain.h5
works 2 $digits -mnist_images digits.gz -grid_n 64,64 -out finer.h5
works 2 $digits -mnist_images digits.gz -mnist_finer 4 -out kept.h5
for warp in 0 0.2; do
  for n in 1 2; do works $n $digits -mnist_images digits.gz -grid_n 48,48 -samples 120 -mnist_warp $warp -out warp-$warp-$n.h5; done
done
works 2 train -data digits.h5 -out model.h5 -train_steps 2 -train_warmup 1 -train_batch 2 -train_validation 0 -fno_width 4 -fno_modes 4 \
  -fno_extension 0.25 -noise_cov_type matern -noise_cov_rough_power 0 -noise_cov_alpha 1.5
works 2 sample -model model.h5 -grid_n 24,24 -samples 2 -sampler_evaluations 4 -out drawn.h5
works 1 generate -generator_type gaussian -data_cov_alpha 4 -grid_n 16,16 -samples 12 -out fields.h5
works 1 train -data fields.h5 -out silent.h5 -train_steps 2 -train_warmup 1 -train_batch 2 -train_validation 0 -fno_width 4 -fno_modes 4
works 1 sample -model silent.h5 -samples 1 -sampler_evaluations 4 -out undirected.h5
/usr/bin/python3 - <<'PYTHON' || wrong "the files are not what they should be"
import h5py, numpy as np
def rows(name):
    text = h5py.File(name).attrs.get("rows", b"")
    return text.decode() if isinstance(text, bytes) else text
assert np.array_equal(h5py.File("digits.h5")["sdf"], h5py.File("plain.h5")["sdf"])
def modes(name):
    s = h5py.File(name)["sdf"][()].astype(float)
    n = s.shape[1]
    c = np.cos(np.pi * np.outer(np.arange(16), np.arange(n) + 0.5) / n) / n
    return c @ s @ c.T
a, b = modes("kept.h5"), modes("finer.h5")
assert np.abs(a - b).max() < 1e-6 * np.abs(b).max(), np.abs(a - b).max()
assert np.abs(modes("digits.h5") - b).max() > 1e-3 * np.abs(b).max()
still, warped = h5py.File("warp-0-1.h5")["sdf"][()], h5py.File("warp-0.2-1.h5")["sdf"][()]
assert np.array_equal(still, h5py.File("warp-0-2.h5")["sdf"]) and np.array_equal(warped, h5py.File("warp-0.2-2.h5")["sdf"])
again = lambda s: np.abs(s[:12] - s[12:24]).max(axis=(1, 2))
assert again(still).max() == 0 and (again(warped) > 0.02).sum() == 11, again(warped) # one image is blank
area = lambda s: (s < 0).mean()
assert abs(area(warped) / area(still) - 1) < 0.1, area(warped) / area(still)
assert rows("digits.h5") == rows("drawn.h5") == "down" and rows("undirected.h5") == ""
PYTHON
works 1 evaluate -data digits.h5 -samples plain.h5 -shapes -out report
works 1 render drawn.h5 -mask_below 0 -out drawn.png

for n in 1 2; do
  refused $n 'none.gz cannot be read' $digits -mnist_images none.gz -out x.h5
  refused $n 'cut.gz is (cut short or )?damaged' $digits -mnist_images cut.gz -out x.h5
  refused $n 'square pixels' $digits -mnist_images digits.gz -grid_n 16,24 -out x.h5
done
refused 1 'of which file\?' $digits -out x.h5
refused 1 'folder is a folder' $digits -mnist_images folder -out x.h5
refused 1 'empty.idx is cut short' $digits -mnist_images empty.idx -out x.h5
refused 1 'short.idx is cut short .* 13 images' $digits -mnist_images short.idx -out x.h5
refused 1 'holds labels' $digits -mnist_images labels.idx -out x.h5
refused 1 'magic number is 0xd03, not 0x803' $digits -mnist_images reals.idx -out x.h5
refused 1 'finer 1.5: give a whole number' $digits -mnist_images digits.gz -mnist_finer 1.5 -out x.h5
finish
