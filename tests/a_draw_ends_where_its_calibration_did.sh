#!/bin/sh
# A model that was calibrated with -sampler_end 0.1 is drawn to that end when nothing else is asked: the bits of -sampler_end 0.1, not of another end.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type navierstokes -ns_time 4 -grid_n 16,16 -samples 8 -seed 1 -out data.h5
works 1 train -data data.h5 -variable vorticity -train_steps 3 -train_batch 2 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -out raw.h5
works 1 calibrate -model raw.h5 -samples 4 -passes 1 -sampler_end 0.1 -out model.h5
works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double -out as-calibrated.h5
works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double -sampler_end 0.1 -out asked.h5
works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double -sampler_end 0.01 -out other.h5
h5diff -d 1e-9 as-calibrated.h5 asked.h5 /vorticity >../diff || wrong "another end than the calibration's: $(tail -1 ../diff)"
h5diff -d 1e-9 asked.h5 other.h5 /vorticity >../diff && wrong "the end of the steps changes nothing"
finish
