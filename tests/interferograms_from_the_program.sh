#!/bin/sh
# generate makes interferograms of both laws that other programs read; bad scenes get one line.
. "$1/tests/program.sh"

# A raw scene of 40 x 50 pixels and pieces of it; a raw complex one with a hole.
/usr/bin/python3 - <<'PYTHON' || exit 77
import h5py, numpy as np
y, x = np.mgrid[:40, :50]
phase = np.angle(np.exp(1j * (0.2 * x + 0.01 * y * y))).astype("<f4")
phase.tofile("scene.flt")
z = (3 * np.exp(1j * phase)).astype("<c8")
z[:, 45:] = 0
z.tofile("scene.int")
np.full((40, 50), np.nan, "<f4").tofile("nothing.flt")
(phase + 10).astype("<f4").tofile("unwrapped.flt")
with h5py.File("lzf.h5", "w") as f:
    f.create_dataset("wrapPhase", data=phase, compression="lzf")
open("bad.tif", "wb").write(b"II*\0" + b"\0" * 3)
open("text.tif", "w").write("no scene")
PYTHON

works 2 generate -generator_type insar -grid_n 24,20 -grid_length 2400,2000 -samples 5 -seed 3 -out insar.h5
works 1 generate -generator_type insar -grid_n 24,20 -grid_length 2400,2000 -samples 5 -seed 3 -out one.h5
works 2 generate -generator_type patches -scene scene.int -scene_n 40,50 -grid_n 16,16 -samples 7 -seed 1 -out patches.h5
works 1 generate -generator_type patches -scene unwrapped.flt -scene_n 40,50 -grid_n 40,50 -scene_least 0 -out whole.h5
grep -q 'outside \[-pi, pi\] and were wrapped' ../out || wrong "no note on wrapped phases"
/usr/bin/python3 - <<'PYTHON' || wrong "the files are not what they should be"
import h5py, numpy as np
wrap = lambda p: np.angle(np.exp(1j * p))
with h5py.File("insar.h5") as f, h5py.File("one.h5") as g:
    assert f["phase"].shape == (5, 24, 20) and f["wave"].shape == (5, 2, 24, 20)
    for name in ("phase", "deformation", "turbulence", "stratified", "ramp", "noise", "topography", "coherence"):
        assert np.array_equal(f[name][()], g[name][()]), name
    total = -4 * np.pi / 0.0554658 * f["deformation"][()] + f["turbulence"][()] + f["stratified"][()] + f["ramp"][()] + f["noise"][()]
    assert np.abs(wrap(total - f["phase"][()])).max() < 1e-4
    assert np.abs(f["wave"][:, 0] - np.cos(f["phase"][()])).max() < 1e-6
    for name, value in (("FILE_TYPE", "wrapPhase"), ("WIDTH", "20"), ("LENGTH", "24"), ("UNIT", "radian"), ("WAVELENGTH", "0.0554658")):
        text = f.attrs[name]
        assert (text.decode() if isinstance(text, bytes) else text) == value, name
with h5py.File("patches.h5") as f:
    mask = f["mask"][()]
    assert set(np.unique(mask)) == {0, 1} or mask.all()
    assert np.abs(f["phase"][()]).max() <= np.float32(np.pi) and not f["phase"][()][mask == 0].any()
with h5py.File("whole.h5") as f:
    assert np.abs(wrap(f["phase"][0] - np.fromfile("unwrapped.flt", "<f4").reshape(40, 50))).max() < 1e-5
PYTHON

# A model of waves draws phases, on a finer grid too.
works 2 generate -generator_type insar -grid_n 16,16 -samples 8 -insar_keep false -out small.h5
works 2 train -data small.h5 -variable wave -out model.h5 -train_symmetry phase -train_steps 2 -train_batch 2 -fno_width 4 -fno_modes 4 -fno_extension 0.25 -noise_cov_type matern \
  -noise_cov_rough_power 0 -noise_cov_alpha 1.5 -noise_cov_tau 0.008
works 2 sample -model model.h5 -grid_n 24,24 -samples 2 -sampler_evaluations 4 -out drawn.h5
/usr/bin/python3 - <<'PYTHON' || wrong "a drawn phase is not that of its wave"
import h5py, numpy as np
with h5py.File("drawn.h5") as f:
    wave, phase = f["wave"][()], f["phase"][()]
    assert phase.shape == (2, 24, 24) and np.abs(phase).max() <= np.float32(np.pi)
    assert np.abs(np.angle(np.exp(1j * (np.arctan2(wave[:, 1], wave[:, 0]) - phase)))).max() < 1e-5
    for name, value in (("FILE_TYPE", "wrapPhase"), ("WIDTH", "24"), ("LENGTH", "24"), ("UNIT", "radian"), ("DATA_TYPE", "float32")):
        text = f.attrs[name]
        assert (text.decode() if isinstance(text, bytes) else text) == value, name
PYTHON

refused 2 'bad.tif: truncated or damaged' generate -generator_type patches -scene bad.tif -out x.h5
refused 2 '8000 bytes, but 40 x 51' generate -generator_type patches -scene scene.flt -scene_n 40,51 -out x.h5
refused 2 'wrong order' generate -generator_type insar -insar_depth 3000,1000 -out x.h5
refused 1 'no such file' generate -generator_type patches -scene none.tif -out x.h5
refused 1 'lzf.h5: .* is packed by lzf, which HDF5 lacks here' generate -generator_type patches -scene lzf.h5 -out x.h5
refused 1 'text.tif: not a TIFF file' generate -generator_type patches -scene text.tif -out x.h5
refused 1 '-scene_n ROWS,COLUMNS' generate -generator_type patches -scene scene.flt -out x.h5
refused 1 'do not fit into' generate -generator_type patches -scene scene.flt -scene_n 40,50 -grid_n 64,64 -out x.h5
refused 1 'lower -scene_least' generate -generator_type patches -scene nothing.flt -scene_n 40,50 -grid_n 8,8 -out x.h5
refused 1 'give some of mogi,dike,sill,fault' generate -generator_type insar -insar_sources mogi,volcano -out x.h5
refused 1 'size in metres' generate -generator_type insar -grid_length 1 -out x.h5
refused 1 'has 40 x 50 pixels, not -scene_n 50,40' generate -generator_type patches -scene whole.h5 -scene_n 50,40 -out x.h5
refused 1 'components are no cos and sin' train -data insar.h5 -variable phase -train_symmetry phase -noise_cov_type matern -noise_cov_rough_power 0 -out x.h5
refused 1 'Give -scene FILE' generate -generator_type patches -out x.h5
run 1 generate -generator_type patches -help
grep -q 'scene_area' ../out || wrong "-help does not name -scene_area"
finish
