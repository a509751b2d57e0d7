#!/bin/sh
# What a user can get wrong is refused before work starts: one line, non-zero exit, no file left, no hang, on 1 and 2 ranks.
. "$1/tests/program.sh"

gaussian="-generator_type gaussian -grid_n 16,16 -data_cov_alpha 4"
tiny="-fno_width 8 -fno_depth 2 -fno_modes 4 -fno_hidden 8 -train_steps 4 -train_batch 2"
exact="-score_type gaussian -grid_n 16,16"

works 1 generate $gaussian -samples 8 -seed 1 -out fields.h5
works 1 train -data fields.h5 -out model.h5 $tiny
printf 'no HDF5 file, but text' >text.h5
head -c 1000 fields.h5 >cut.h5
head -c 2000 model.h5 >cutmodel.h5
: >empty.h5
: >picture.png
mkdir folder
printf 'samples: [1, 2\nseed: {' >malformed.yaml
printf 'grid: {n: "16,16"}\nsampels: 4\n' >mistyped.yaml
/usr/bin/python3 - <<'EOF' 2>/dev/null || echo "python3-h5py is missing: no file with NaN is tried"
import h5py, numpy
with h5py.File("nan.h5", "w") as f:
    a = numpy.random.default_rng(1).standard_normal((8, 16, 16)); a[3, 4, 5] = numpy.nan
    f["u"] = a
with h5py.File("white.h5", "w") as f: # a spectrum that does not fall, under the name of an axis
    f["x"] = numpy.random.default_rng(2).standard_normal((8, 16, 16))
with h5py.File("flat.h5", "w") as f:
    f["u"] = numpy.ones((8, 16, 16))
EOF

# Calls that are wrong by themselves: found on rank 0, so one number of ranks is enough.
refused 1 'no command'
refused 1 'no command' -seed 1
refused 1 'frobnicate: no such command' frobnicate
refused 1 '-sampels: unknown option.*did you mean -samples\?' generate $gaussian -sampels 4 -out a.h5
refused 1 '-sampels: unknown option' generate -options_file mistyped.yaml -out a.h5
refused 1 '-grid_m: unknown.*-grid_n' sample -grid_m 16 $exact -out a.h5
refused 1 '-modl: .*-model' sample -modl model.h5 -out a.h5
refused 2 '-dat: .*-data' train -dat fields.h5 -out a.h5
refused 1 '-mdoel: .*-model' calibrate -mdoel model.h5 -out a.h5
refused 1 'junk: a word too many' generate $gaussian -out a.h5 junk
refused 1 'junk: a word too many' generate junk $gaussian -out a.h5
refused 1 'model.h5: a word too many' render fields.h5 model.h5 -out a.png
refused 1 '-options_file: a value is missing' generate -options_file
refused 1 'which model' calibrate -out a.h5
refused 1 'where to' calibrate -model model.h5
refused 1 '-passes -1: must be at least 0' calibrate -model model.h5 -out a.h5 -passes -1
refused 1 'fields.h5: not a model' calibrate -model fields.h5 -out a.h5
refused 2 'is the file that -model model.h5 reads' calibrate -model model.h5 -out model.h5
refused 1 '-samples 4x: give a whole number' generate $gaussian -samples 4x -out a.h5
refused 1 '-samples 0: must be at least 1' generate $gaussian -samples 0 -out a.h5
refused 1 '-samples -3: must be at least 1' generate $gaussian -samples -3 -out a.h5
refused 1 '-grid_n 0,16' generate -grid_n 0,16 -out a.h5
refused 1 '-grid_n -4,16' generate -grid_n -4,16 -out a.h5
refused 1 '-grid_n 16,x' generate -grid_n 16,x -out a.h5
refused 1 '-grid_length' generate $gaussian -grid_length 0 -out a.h5
refused 1 '-cov_alpha two: give a number' sample $exact -cov_alpha two -out a.h5
refused 1 'trace class' sample $exact -cov_alpha 0.9 -out a.h5
refused 1 '-generator_type wind' generate -generator_type wind -out a.h5
refused 1 '-sampler_type jump' sample $exact -sampler_type jump -out a.h5
refused 1 '-sampler_eta 2' sample $exact -sampler_type ancestral -sampler_eta 2 -out a.h5
refused 1 'beta_min' sample $exact -sde_beta_min 30 -out a.h5
refused 1 'on which grid' sample -score_type gaussian -out a.h5
refused 1 '-out' generate $gaussian
refused 1 '-out' sample $exact
refused 1 '-data' train -out a.h5
refused 1 'which file' info
refused 1 'malformed.yaml' generate -options_file malformed.yaml -out a.h5
refused 1 'absent.yaml' generate -options_file absent.yaml -out a.h5
refused 1 'empty.h5' info empty.h5
refused 1 'folder' info folder
refused 1 'text.h5' render text.h5 -out a.png
refused 1 'model.h5' render model.h5 -out a.png
refused 1 'png, .pdf' render fields.h5 -out a.jpeg
refused 1 'holds samples 0 to 7' render fields.h5 -samples 99 -out a.png
refused 1 'exists already' render fields.h5 -out picture.png
refused 1 'wind' render fields.h5 -variable wind -out a.png
refused 1 'cut.h5' verify cut.h5
refused 1 'fields.h5' sample -model fields.h5 -out a.h5
refused 1 'cutmodel.h5' sample -model cutmodel.h5 -out a.h5

refused 1 'dimension|-grid_n' sample -model model.h5 -grid_n 16,16,16 -out a.h5
refused 1 'model.h5' train -data model.h5 -out a.h5 $tiny
refused 1 'exists already' train -data fields.h5 -out model.h5 $tiny
grep -q '^reading' ../err && wrong 'the fields are read before it finds that -out is there'
refused 1 'train_objective score: no such objective; there are dsm, elbo' train -data fields.h5 -out a.h5 $tiny -train_objective score
refused 1 'train_times karras: give one of' train -data fields.h5 -out a.h5 $tiny -train_times karras
refused 1 'lies between' train -data fields.h5 -out a.h5 $tiny -train_times normal -train_times_mean 60
refused 1 'train_times_std 0: must be at least' train -data fields.h5 -out a.h5 $tiny -train_times normal -train_times_std 0
refused 1 'train_times_mean: unknown option' train -data fields.h5 -out a.h5 $tiny -train_times_mean 1
refused 1 'train_rungs: unknown option' train -data fields.h5 -out a.h5 $tiny -train_rungs 10

# What each rank finds, or one alone: no rank may be left waiting.
for n in 1 2; do
  refused $n 'absent.h5' train -data absent.h5 -out a.h5 $tiny
  refused $n 'absent.h5' evaluate -data absent.h5 -samples fields.h5 -out report
  refused $n 'text.h5' train -data text.h5 -out a.h5 $tiny
  refused $n 'nowhere' generate $gaussian -out nowhere/a.h5
  if [ -e nan.h5 ]; then refused $n 'nan.h5.*(not finite|NaN|nan)' train -data nan.h5 -out a.h5 $tiny; fi
done
refused 1 'absent.h5' sample -model absent.h5 -out a.h5
refused 1 'cut.h5' train -data cut.h5 -out a.h5 $tiny
refused 1 'exists already' generate $gaussian -out fields.h5
refused 1 'exists already' sample $exact -out fields.h5
refused 1 '-smaples: unknown option' sample $exact -smaples 4 -out a.h5
refused 3 'ranks' sample -score_type gaussian -grid_n 2,16 -out a.h5
refused 4 'ranks|planes' generate -grid_n 6,16 -out a.h5

# What looks odd and is right.
if [ -e white.h5 ]; then
  works 2 train -data white.h5 -out white-model.h5 $tiny
  grep -q 'noise is less rough' ../out || wrong "nothing is said of the noise of rough data"
  works 1 sample -model white-model.h5 -out named.h5
  refused 1 'do the fields vary' train -data flat.h5 -out a.h5 $tiny
  refused 1 'trace class' train -data white.h5 -out a.h5 $tiny -noise_cov_rough_power 1.25
fi
works 1 generate -grid_n 7,9 -out odd.h5
works 2 sample -score_type gaussian -grid_n 9,15 -samples 3 -out odd2.h5
works 1 generate $gaussian -out odd.h5 -overwrite
works 1 sample -model model.h5 -grid_n 17,19 -out odd3.h5
works 1 sample -model model.h5 -grid_n 4,4 -out small.h5
works 1 -help
grep -q 'karhunen COMMAND' ../out || wrong "-help does not say how it is called"
for command in generate train sample evaluate render info verify; do
  works 1 $command -help
  grep -q -e -options_file ../out || wrong "$command -help does not list the options"
  if grep -q ksp_ ../out; then wrong "$command -help lists PETSc's options"; fi
done
finish
