#!/bin/sh
# A model that was calibrated with -sampler_end 0.1 -sampler_eta 1 -sampler_evaluations 12 is drawn so when nothing else is asked: the bits of these options,
# not of another end, share of noise or number; an option still wins. A calibration goes on from these gains with that sampler alone, and says what power
# its fields had, which are those of sample. pcn, whose sampler has no noise, draws from such a model, and refuses -sampler_eta 1.
# shellcheck disable=SC2086
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77
needs_python h5py numpy

sampler="-sampler_end 0.1 -sampler_eta 1 -sampler_evaluations 12"
works 1 generate -generator_type navierstokes -ns_time 4 -grid_n 16,16 -samples 8 -seed 1 -out data.h5
works 1 train -data data.h5 -variable vorticity -train_steps 3 -train_batch 2 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -out raw.h5
works 1 calibrate -model raw.h5 -samples 4 -passes 1 $sampler -out model.h5
works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double -out as-calibrated.h5
works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double $sampler -out asked.h5
h5diff -d 1e-9 as-calibrated.h5 asked.h5 /vorticity >../diff || wrong "another sampler than the calibration's: $(tail -1 ../diff)"
for other in "-sampler_end 0.01" "-sampler_eta 0" "-sampler_evaluations 13"; do
  works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double $other -out other.h5 -overwrite
  h5diff -d 1e-9 asked.h5 other.h5 /vorticity >../diff && wrong "$other changes nothing"
done
works 1 calibrate -model model.h5 -samples 4 -passes 1 -continue -out on.h5
refused 1 '-continue: .* another sampler, -sampler_evaluations 12 -sampler_end 0.1 -sampler_eta 1' calibrate -model model.h5 -continue -sampler_evaluations 13 -out x.h5
refused 1 '-continue: .* another sampler' calibrate -model model.h5 -continue -sampler_eta 0 -out x.h5
refused 1 '-continue: .* 1 directions .* 4 ' calibrate -model model.h5 -data data.h5 -variable vorticity -continue -out x.h5
refused 1 '-continue: the model has no gains' calibrate -model raw.h5 -continue -out x.h5
refused 1 '-continue has no effect with -passes 0' calibrate -model model.h5 -continue -passes 0 -out x.h5
refused 1 '-continue with -share 0.5' calibrate -model model.h5 -continue -share 0.5 -out x.h5
works 1 calibrate -model raw.h5 -data data.h5 -variable vorticity -directions 1 -samples 4 -passes 1 $sampler -out told.h5
said=$(sed -n 's/^pass 1\/1, before its correction: \([0-9.]*\) to \([0-9.]*\) of .*/\1 \2/p' ../out)
works 1 sample -model raw.h5 -samples 4 -seed 1 -out_precision double $sampler -out drawn.h5
is=$($python - <<'PYTHON'
import h5py, numpy as np
k = np.fft.fftfreq(16, 1 / 16)
r = np.hypot(k[:, None], k)
inside = (abs(k[:, None]) < 8) & (abs(k) < 8)
power = []
for name in ("drawn.h5", "data.h5"):
    x = h5py.File(name)["vorticity"][:].astype(float).reshape(-1, 16, 16)
    p = (abs(np.fft.fft2(x)) ** 2).mean(axis=0)
    power.append(np.array([p[inside & (np.rint(r) == s)].sum() for s in range(1, 8)]))
print("%.2f %.2f" % (min(power[0] / power[1]), max(power[0] / power[1])))
PYTHON
)
[ "$said" = "$is" ] || wrong "the power of the fields of a pass: '$said', they have '$is'"
works 1 observe -data data.h5 -variable vorticity -obs_type points -obs_every 8 -obs_noise 0.1 -out y.h5
works 1 posterior -model model.h5 -obs_data y.h5 -posterior_type pcn -posterior_steps 2 -samples 1 -out given.h5
refused 1 '-sampler_eta 1.*-posterior_type pcn needs' posterior -model model.h5 -obs_data y.h5 -posterior_type pcn -sampler_eta 1 -samples 1 -out x.h5
finish
