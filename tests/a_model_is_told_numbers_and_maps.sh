#!/bin/sh
# A model trained with -train_condition draws the law of what it is told: of u = c + m + 2^c w, w a Gaussian field, draws given a number c and a map m, neither
# seen before, have mean c + m within a tenth of u's deviation and a deviation that follows 2^c within the factor 1.7; a network that has learnt nothing
# draws the Gaussian law given the map: 256 draws have the mean m within a tenth of that deviation (their standard error is a twentieth); a number may be an array of the
# file, or an attribute of each file of a set; outside the range of training a warning is said; what is not told, or not known, is one clear line.
. "$1/tests/program.sh"
needs_python numpy h5py

$python - <<'PY'
import numpy as np, h5py
r, n, S = np.random.default_rng(1), 32, 400
k = np.abs(np.fft.fftfreq(n) * n)
def field(scale):
    return scale * np.fft.ifft(np.fft.fft(r.standard_normal((S, n))) / (1 + k**2)).real
c, m, w = r.uniform(-1, 1, S), field(2), field(.5)
with h5py.File('data.h5', 'w') as f:
    f['u'], f['c'], f['m'], f['none'], f['short'] = c[:, None] + m + 2.0**c[:, None] * w, c, m, np.ones(S), np.ones(7)
for i, level in enumerate((1., 2.)):
    with h5py.File(f'part{i}.h5', 'w') as f:
        f['u'] = level + w[:50]
        f.attrs['c'] = level
x = np.arange(n) / n
with h5py.File('ask.h5', 'w') as f:
    f['m'] = (.4 * np.sin(2 * np.pi * x) + .3 * np.cos(4 * np.pi * x))[None]
PY
net="-axes s,x -fno_width 16 -fno_modes 8 -fno_depth 2 -train_batch 16 -train_warmup 20 -train_lr 5e-3 -train_every 500 -train_ema 0.99"
works 1 train -data data.h5 -variable u -train_condition c,m $net -train_steps 600 -out model.h5
works 1 info model.h5
for c in -0.8 0.1 0.9; do
  works 1 sample -model model.h5 -samples 64 -condition c=$c,ask.h5 -condition_axes s,x -out "draw$c.h5"
  grep -q warning ../err && wrong "c = $c: a warning"
done
works 3 sample -model model.h5 -samples 64 -condition c=0.1,ask.h5 -condition_axes s,x -out three.h5 # each rank draws fields of its own
$python - <<'PY' || wrong "draws do not follow what the model was told"
import numpy as np, h5py
m, spread = h5py.File('ask.h5')['m'][0], h5py.File('data.h5')['u'][:].std()
w = (h5py.File('part0.h5')['u'][:] - 1).std()
for c in (-.8, .1, .9):
    e = h5py.File(f'draw{c}.h5')['u'][:] - c - m
    print(c, np.sqrt((e.mean(0)**2).mean()) / spread, e.std() / (w * 2**c))
    assert np.sqrt((e.mean(0)**2).mean()) < .1 * spread
    assert 1 / 1.7 < e.std() / (w * 2**c) < 1.7
a, b = h5py.File('draw0.1.h5')['u'][:], h5py.File('three.h5')['u'][:]
assert abs(a - b).max() < 1e-5
PY
works 1 train -data data.h5 -variable u -train_condition m $net -train_lr 1e-12 -train_steps 1 -out linear.h5
works 2 sample -model linear.h5 -samples 256 -condition ask.h5 -condition_axes s,x -out linear_draws.h5
$python - <<'PY' || wrong "a network that has learnt nothing does not follow the map"
import numpy as np, h5py
m, spread = h5py.File('ask.h5')['m'][0], h5py.File('data.h5')['u'][:].std()
e = h5py.File('linear_draws.h5')['u'][:].mean(0) - m
print(np.sqrt((e**2).mean()) / spread, np.sqrt((m**2).mean()) / spread)
assert np.sqrt((e**2).mean()) < .1 * spread < np.sqrt((m**2).mean()) / 2
PY
works 1 sample -model model.h5 -condition c=2,ask.h5 -condition_axes s,x -out beyond.h5
grep -q 'warning: -condition c is 2, the model was trained from -0.99' ../err || wrong "no warning beyond the range of training"
works 1 train -data part0.h5,part1.h5 -train_condition c $net -train_steps 2 -out parts.h5
grep -q 'given c, a number; trained from 1. to 2.' ../out || wrong "attributes of files are no numbers: $(cat ../out)"
run 1 train -data data.h5 -variable u -train_condition c,m $net -train_steps 4 -train_stop_after 2 -out again.h5
works 1 train -data data.h5 -variable u -train_condition c,m $net -train_steps 4 -resume -out again.h5
works 1 train -data data.h5 -variable u -train_condition c,m $net -train_steps 4 -out whole.h5
h5diff again.h5 whole.h5 /weights >/dev/null || wrong "a run that was stopped gives other weights"
for n in 1 3; do
  refused $n 'fields given c, a number from -0.99.* to 0.99.*: give -condition c=VALUE' sample -model model.h5 -out other.h5
  refused $n 'fields given the map m: give -condition FILE' sample -model model.h5 -condition c=1 -out other.h5
done
refused 1 'c=fast: a number is expected' sample -model model.h5 -condition c=fast,ask.h5 -out other.h5
refused 1 'd=1: the model was not trained on such a number' sample -model model.h5 -condition c=1,d=1,ask.h5 -condition_axes s,x -out other.h5
refused 1 'are two files' sample -model model.h5 -condition c=1,ask.h5,data.h5 -out other.h5
refused 1 'the law is told nothing' sample -grid_n 16 -condition c=1 -out other.h5
refused 1 'there is no variable|has no variable' train -data data.h5 -variable u -axes s,x -train_condition nothing -out other.h5
refused 1 'none: it is 1. in all fields' train -data data.h5 -variable u -axes s,x -train_condition none -out other.h5
refused 1 'the fields have no axis of time' train -data data.h5 -variable u -axes s,x -train_condition previous -out other.h5
refused 1 'c is there twice' train -data data.h5 -variable u -axes s,x -train_condition c,c -out other.h5
finish
