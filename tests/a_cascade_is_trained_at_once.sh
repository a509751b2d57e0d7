#!/bin/sh
# train -train_levels: the levels of a cascade one after the other are those that are trained by hand, each with its own options, and a run that stopped in
# one of them goes on to the same file.  calibrate -level J of the one file finds the gains that it finds of that level's own.  An octave learns on patches
# (-train_patch) what the loss of whole fields sees: it falls.  What cannot be is refused in one line, of the last level too before the
# first is trained.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

net="-net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -noise_cov_rough_power 0 -train_warmup 0 -train_objective elbo"
how="$net -train_batch 4 -train_steps 6 -train_every 2"
works 1 generate -generator_type navierstokes -ns_nu 2e-3 -ns_time 3 -grid_n 32,32 -samples 40 -seed 1 -out d.h5
data="-data d.h5 -variable vorticity"
# shellcheck disable=SC2086
{
  works 1 train $data $how -train_levels 3 -level0_train_steps 8 -level2_denoiser_amplitude -out c.h5
  [ -e c.h5.level0 ] && wrong "the levels' own files are left"
  works 1 train $data $how -train_grid 8,8 -train_steps 8 -out l0.h5
  works 1 train $data $how -train_grid 16,16 -train_octave -out l1.h5
  works 1 train $data $how -train_octave -denoiser_amplitude -train_from l1.h5 -out l2.h5
  works 1 sample -model c.h5 -samples 2 -out one.h5
  works 1 sample -model l0.h5,l1.h5,l2.h5 -samples 2 -out hand.h5
  h5diff one.h5 hand.h5 /vorticity /vorticity >../diff || wrong "by hand the cascade is another: $(tail -1 ../diff)"
  two="$data $how -train_levels 2 -train_grid 16,16 -level0_train_steps 8 -out s.h5"
  run 1 train $two -level1_train_stop_after 3
  if [ "$status" != 3 ] || [ -e s.h5 ]; then wrong "a run that stops has status $status, or has written its file"; fi
  works 1 train $two -resume
  works 1 sample -model s.h5 -samples 2 -out stopped.h5
  works 1 sample -model l0.h5,l1.h5 -samples 2 -out whole.h5
  h5diff stopped.h5 whole.h5 /vorticity /vorticity >../diff || wrong "a run that stopped ends elsewhere: $(tail -1 ../diff)"
  works 1 calibrate -model c.h5 -level 0 $data -samples 8 -passes 1 -out g.h5
  works 1 calibrate -model l0.h5 $data -samples 8 -passes 1 -out h.h5
  works 1 calibrate -model g.h5 -level 0 -passes 0 -share 0.5 -out half.h5
  h5diff g.h5 h.h5 /level0/calibration /calibration >../diff || wrong "level 0 has other gains: $(tail -1 ../diff)"
  h5diff g.h5 c.h5 /level2/weights /level2/weights >../diff || wrong "the other levels are changed: $(tail -1 ../diff)"
  patch="$data $net -train_octave -train_batch 16 -train_times normal -train_times_mean 0 -train_times_std 1.5 -train_symmetry pseudoscalar -train_validation 0.25 -train_ema 0.9"
  works 1 train $patch -train_patch 16 -train_lr 5e-3 -train_steps 150 -out p.h5
  works 1 train $patch -train_lr 0 -train_steps 1 -out q.h5
  held() { h5dump -d training/history -y -w 0 "$1" | sed -n 's/^ *[0-9]*, [^,]*, \([^,]*\),.*/\1/p' | tail -1; }
  awk "BEGIN { exit !($(held p.h5) > 0 && $(held p.h5) < 0.95 * $(held q.h5)) }" || wrong "on patches the loss of whole fields held back goes from $(held q.h5) to $(held p.h5)"
  refused 1 'level3_train_steps: -train_levels 3 has the levels 0 to 2' train $data $how -train_levels 3 -level3_train_steps 2 -out z.h5
  refused 1 'level1_train_steps: .* give -train_levels too' train $data $how -level1_train_steps 2 -out z.h5
  refused 1 'not of one level' train $data $how -train_levels 2 -level1_train_grid 16,16 -out z.h5
  refused 1 'level 2: -local_widht: unknown' train $data $how -train_levels 3 -level2_local_widht 12 -out z.h5
  refused 2 'level 2: -train_steps 2.5: give a whole' train $data $how -train_levels 3 -level2_train_steps 2.5 -out z.h5
  refused 1 'level 2: the weights .* do not fit' train $data $how -train_levels 3 -level2_local_width 32 -out z.h5
  grep -q 'training' ../err && wrong "a level is trained before what the last refuses is found"
  refused 1 'all levels but the first are octaves' train $data $how -train_levels 2 -train_octave -out z.h5
  cp l0.h5 z.h5.level0
  refused 1 'z.h5.level0 is of a run that did not end: go on with -resume' train $data $how -train_levels 2 -out z.h5
  rm z.h5.level0
  refused 1 'a patch has 8 points' train $data $how -train_octave -train_patch 4 -out z.h5
  refused 1 'cannot be halved so often' train $data $how -train_levels 5 -out z.h5
  refused 1 'c.h5 exists already' train $data $how -train_levels 2 -out c.h5
  refused 1 'which fields' train $how -train_levels 2 -out z.h5
  refused 1 'c.h5 has the levels 0 to 2' calibrate -model c.h5 -level 3 -samples 4 -out z.h5
  refused 1 'l0.h5 is no cascade' calibrate -model l0.h5 -level 0 -samples 4 -out z.h5
  refused 1 'of a list of models the last is corrected' calibrate -model l0.h5,l1.h5 -level 0 -samples 4 -out z.h5
  refused 1 'it is no smaller than a field of 32' train $data $how -train_octave -train_patch 28 -out z.h5
  refused 1 'depends on all points' train $data -denoiser_gain white -train_patch 8 -train_steps 1 -out z.h5
  refused 1 'depends on all points' train $data $how -local_modes 4 -train_octave -train_patch 8 -out z.h5
  refused 1 'a patch cannot tell: give' train $data $how -train_loss_power 0.5 -train_octave -train_patch 8 -out z.h5
  refused 2 'leave out -train_group 2' train $data $how -train_octave -train_patch 8 -train_group 2 -out z.h5
}
finish
