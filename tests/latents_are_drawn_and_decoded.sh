# An implicit representation from the program: trained, stopped and resumed to the same bits; fields taken to latents, their law learnt, draws decoded on any grid and at places, on any ranks; held between the points too; bad input.
. "$1/tests/program.sh"

learn='-train_objective inr -inr_cell 4 -inr_latents 2 -inr_width 8 -inr_depth 2 -train_batch 4 -train_steps 12 -train_warmup 2 -train_every 4 -quiet'
law='-fno_width 8 -fno_modes 2 -fno_depth 1 -denoiser_gain white -noise_cov_rough_power 0 -train_batch 4 -train_steps 4 -train_warmup 2 -quiet'
works 1 generate -generator_type gaussian -grid_n 16,24 -grid_length 1,2 -data_cov_tau 6 -samples 40 -out fields.h5
works 1 generate -generator_type gaussian -grid_n 16,24 -grid_length 1,3 -data_cov_tau 6 -samples 4 -out other.h5
works 1 train -data fields.h5 $learn -out f.h5
works 2 train -data fields.h5 $learn -out f2.h5
run 1 train -data fields.h5 $learn -train_stop_after 5 -out fr.h5
works 1 train -data fields.h5 $learn -resume -out fr.h5
works 1 encode -model f.h5 -data fields.h5 -out z.h5 -held held.h5
grep -Eq '^4 to 7 +[0-9.]+ +-?[0-9.]+ +[0-9.]+' ../out || wrong 'no line of the octave 4 to 7'
works 2 encode -model f.h5 -data fields.h5 -ranks_per_field 2 -out z2.h5
works 1 train -data z.h5 $law -train_decoder f.h5 -out m.h5
works 1 calibrate -model m.h5 -samples 4 -passes 1 -sampler_evaluations 4 -out m2.h5
draw='-samples 3 -sampler_evaluations 6'
works 1 sample -model m.h5 $draw -out s.h5
works 2 sample -model m.h5 $draw -ranks_per_field 2 -out s3.h5
works 1 sample -model m.h5 $draw -grid_n 32,48 -out fine.h5
works 1 sample -model m.h5 $draw -decode false -out zs.h5
works 1 sample -model m2.h5 $draw -out s2.h5
printf 'x,y\n0,0\n0.25,0.5\n' >p.csv
works 2 sample -model m.h5 $draw -points p.csv -out at.h5
works 1 evaluate -data fields.h5 -samples s.h5 -out report
/usr/bin/python3 - <<'P' || wrong 'numbers'
import numpy as np, h5py
def get(f):
    h = h5py.File(f)
    return max((h[k][:] for k in h if isinstance(h[k], h5py.Dataset)), key=np.size)
held, fields = get("held.h5"), get("fields.h5")
assert held.shape == fields.shape and np.corrcoef(held.ravel(), fields.ravel())[0, 1] > 0.2, "fields as their latents have them"
s, s3, fine, z, z2 = (get(f) for f in ("s.h5", "s3.h5", "fine.h5", "z.h5", "z2.h5"))
assert s.shape == (3, 16, 24) and get("s2.h5").shape == s.shape and get("zs.h5").shape == (3, 2, 4, 6), "shapes"
assert abs(s - s3).max() < 1e-4 * abs(s).max(), "on two ranks: %g" % abs(s - s3).max()
assert abs(s - fine[:, ::2, ::2]).max() < 1e-5 * abs(s).max(), "on another grid: %g" % abs(s - fine[:, ::2, ::2]).max()
assert abs(z - z2).max() < 1e-4, "latents on two ranks: %g" % abs(z - z2).max()
at = [h5py.File("at.h5")[k][:] for k in h5py.File("at.h5") if h5py.File("at.h5")[k].shape == (3, 2)][0]
assert abs(at - np.stack([s[:, 0, 0], s[:, 8, 3]], 1)).max() < 1e-5 * abs(s).max(), "at places"
f, fr, f2 = (h5py.File(n)["weights"] for n in ("f.h5", "fr.h5", "f2.h5"))
assert all(np.array_equal(f[k][:], fr[k][:]) for k in f), "resumed"
assert all(abs(f[k][:] - f2[k][:]).max() < 1e-3 for k in f), "trained on two ranks"
P
# Learnt on 16 x 24 points, waves of three periods in a cell of four points: of smooth fields on twice the points .95 of the variance is held, .82 where only the points themselves are learnt.
works 1 generate -generator_type gaussian -data_cov_type gauss -data_cov_length 0.25 -grid_n 32,48 -grid_length 1,2 -samples 64 -out smooth.h5
works 1 train -data smooth.h5 -train_grid 16,24 -train_objective inr -inr_cell 4 -inr_latents 4 -inr_waves 3 -inr_width 16 -inr_depth 2 -train_batch 4 -train_steps 200 -train_warmup 10 \
  -train_lr 5e-3 -train_ema 0.95 -quiet -out between.h5
works 1 encode -model between.h5 -data smooth.h5
awk '/^all / { held = $3 } END { exit !(held > 0.9 && held <= 1) }' ../out || wrong "held between the points: $(grep '^all' ../out)"
refused 1 'not an implicit representation' encode -model m.h5 -data fields.h5
refused 1 'box of length 3.* along axis 1, the representation of 2' encode -model f.h5 -data other.h5
refused 1 'is an implicit representation: karhunen encode' sample -model f.h5 -samples 1 -out bad.h5
refused 1 'takes 2 numbers of 4 x 6 x 1 cells' train -data fields.h5 $law -train_decoder f.h5 -out bad.h5
refused 1 'points along an axis are not a whole number of cells' train -data fields.h5 $learn -inr_cell 5 -out bad.h5
refused 1 'take smaller cells' train -data fields.h5 $learn -inr_cell 8 -out bad.h5
refused 1 'has no -train_octave' train -data fields.h5 $learn -train_octave -out bad.h5
printf 'x,y,value,noise\n0,0,1,0.1\n' >y.csv
refused 1 'is a model of latents' posterior -model m.h5 -obs_data y.csv -samples 1 -out bad.h5
refused 1 '-grid_n has 1 numbers' sample -model m.h5 -grid_n 16 -samples 1 -out bad.h5
finish
