#!/bin/sh
# generate gives sample i of a seed the same on any number of ranks, alone or shared, in any set; stopped it keeps whole samples;
# what it cannot do it refuses.
. "$1/tests/program.sh"

flow="-generator_type navierstokes -grid_n 24,20 -ns_refine 1.5 -ns_force_band 4 -ns_force_rms 3 -ns_time 0.5 -out_precision double -seed 5"
law="-grid_n 12,15 -out_precision double -seed 5 -samples 400"
works 1 generate $flow -samples 6 -out one.h5
works 2 generate $flow -samples 3 -out two.h5
works 2 generate $flow -samples 3 -ranks_per_field 2 -out shared.h5
works 4 generate $flow -samples 6 -ranks_per_field 2 -out groups.h5
works 3 generate $flow -samples 2 -out all.h5
works 2 generate -generator_type navierstokes -grid_n 16,16,16 -ns_force_band 3 -ns_time 0.3 -ns_start random -samples 2 -out space.h5
works 2 generate $flow -ns_scheme cn -ns_dt 0.002 -samples 1 -ranks_per_field 2 -out cn.h5
works 2 generate -generator_type gaussian $law -out gauss2.h5
works 1 generate -generator_type gaussian $law -out gauss1.h5
works 3 generate -generator_type mixture $law -mixture_mode 1,2 -mixture_amplitudes -9,9,30 -mixture_weights 0.2,0.5,0.3 -out mixture.h5
full="${flow%% -ns_time*} -ns_refine 1 -out_precision double -seed 5"
works 1 generate $full -ns_time 0.2 -ns_times 2 -ns_lag 0.3 -samples 3 -out path.h5
works 1 generate $full -ns_time 0.2 -samples 3 -out half.h5
works 2 generate $full -ns_start file -ns_start_file half.h5 -ns_time 0.3 -samples 3 -out rest.h5
refused 1 'samples 4 from -first 0: this law has 3' generate $full -ns_start file -ns_start_file half.h5 -samples 4 -out x.h5
refused 1 'which. give -ns_start_file' generate $full -ns_start file -out x.h5
refused 1 'no flow starts from it' generate $full -ns_start_file half.h5 -out x.h5
works 2 verify shared.h5
/usr/bin/python3 - <<'PYTHON' || wrong "the files are not what they should be"
import h5py, numpy as np
read = lambda name, v: h5py.File(name)[v][()]
for v in "vorticity", "forcing":
    one = read("one.h5", v)
    scale = np.abs(one).max()
    assert one.shape == (6, 24, 20) and scale > 0.5
    for name in "two.h5", "shared.h5", "groups.h5", "all.h5":
        other = read(name, v)
        assert np.abs(one[: len(other)] - other).max() < 1e-11 * scale, name
assert np.abs(one[0] - one[1]).max() > 0.1
path, rest = read("path.h5", "vorticity"), read("rest.h5", "vorticity")  # a flow that starts from the state of another goes on as it does
assert np.abs(path[:, 1] - rest).max() < 1e-10 * np.abs(rest).max()
assert 1e-4 < np.abs(read("cn.h5", "vorticity") - read("one.h5", "vorticity")[0]).max() < 5e-2  # of first order
u = np.fft.fftn(read("space.h5", "velocity"), axes=(2, 3, 4))
k = np.fft.fftfreq(16, 1 / 16)
div = np.einsum("scijk,cijk->sijk", u, np.stack(np.meshgrid(k, k, k, indexing="ij")))
assert np.abs(div).max() < 1e-4 * np.abs(u).max()
gauss = read("gauss1.h5", "field")
assert np.array_equal(gauss, read("gauss2.h5", "field"))
y, x = np.mgrid[:12, :15]
wave = np.cos(2 * np.pi * (y / 12 + 2 * x / 15))
part = ((read("mixture.h5", "field") - gauss) * wave).mean(axis=(1, 2)) / (wave * wave).mean()
kind = np.rint(part).astype(int)
assert np.abs(part - kind).max() < 1e-12
for amplitude, weight in (-9, 0.2), (9, 0.5), (30, 0.3):  # five standard errors
    assert abs((kind == amplitude).mean() - weight) < 5 * np.sqrt(weight * (1 - weight) / 400), amplitude
PYTHON

# Stopped by the clock: the first samples, whole.
run 2 generate -generator_type navierstokes -samples 100000 -max_time 3 -out stopped.h5
[ "$status" = 3 ] || wrong "stopped: exit status $status, expected 3"
works 1 verify stopped.h5
works 1 generate $flow -samples 1 -overwrite -out one.h5

for n in 1 2; do
  refused $n 'brownian: no such law.*navierstokes' generate -generator_type brownian -out x.h5
  refused $n 'exists' generate $flow -out one.h5
done
refused 1 'ns_nuu.*ns_nu' generate $flow -ns_nuu 1 -out x.h5
refused 1 'ns_nu' generate $flow -ns_nu -1 -out x.h5
refused 1 'grid_n' generate -generator_type navierstokes -grid_n 0,64 -out x.h5
refused 1 'periodic plane or space' generate -generator_type navierstokes -grid_n 64 -out x.h5
refused 1 'periodic plane or space' generate -generator_type navierstokes -grid_n 64,64 -grid_basis cosine -out x.h5
refused 1 'ns_refine' generate $flow -ns_force_band 30 -out x.h5
refused 1 'samples' generate $flow -samples 0 -out x.h5
refused 1 '-out' generate $flow
refused 1 'mixture_weights' generate -generator_type mixture -mixture_weights 1,2,3 -out x.h5
refused 2 'ranks_per_field' generate $flow -ranks_per_field 3 -out x.h5
refused 3 'divide' generate $flow -ranks_per_field 2 -out x.h5
refused 4 'planes|ranks' generate $flow -grid_n 3,20 -ns_refine 5 -ranks_per_field 4 -out x.h5
finish
