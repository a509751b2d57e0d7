#!/bin/sh
# Stencils with a Fourier part (-local_modes) are trained, saved and loaded; the field that such a model draws does not depend on ranks; info tells the
# part, and that older files have none; modes that a grid, a basis or a type of network cannot have are refused in one line.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type gaussian -grid_n 16,12 -samples 8 -seed 1 -out data.h5
train="train -data data.h5 -train_steps 10 -train_lr 3e-3 -train_batch 2 -net_type local -local_width 16 -local_dilations 1,1"
# shellcheck disable=SC2086
{
  works 2 $train -local_modes 3 -out model.h5
  works 1 $train -out none.h5
  refused 1 'local_modes.* -1' $train -local_modes -1 -out x.h5
  refused 1 'local_modes.* 2.5' $train -local_modes 2.5 -out x.h5
  refused 2 '-local_modes 7: so many modes need at least 13 points along axis 1, the grid has 12' $train -local_modes 7 -out x.h5
  refused 1 'local_modes: unknown option, or one without effect' train -data data.h5 -net_type fno -local_modes 3 -out x.h5
  refused 1 'do not fit in modes: its network has modes 3, not 0' $train -train_from model.h5 -out x.h5
  refused 1 'do not fit in layer0.spectral: its network has modes 0, not 3' $train -local_modes 3 -train_from none.h5 -out x.h5
}
works 1 sample -model model.h5 -samples 2 -seed 5 -out_precision double -out one.h5
works 3 sample -model model.h5 -samples 2 -seed 5 -ranks_per_field 3 -out_precision double -out three.h5
h5diff -d 1e-5 one.h5 three.h5 /field >../diff || wrong "3 ranks draw another field: $(tail -1 ../diff)"
works 1 sample -model none.h5 -samples 2 -seed 5 -out_precision double -out none-fields.h5
if h5diff -d 1e-3 one.h5 none-fields.h5 /field >/dev/null; then wrong "the Fourier part does nothing"; fi
works 1 info model.h5
grep -q '^network local, width 16, depth 2, embed 32, modes 3, ' ../out || wrong "info does not tell the modes: $(grep '^network' ../out)"
grep -q 'points of reach, and the whole box by its waves' ../out || wrong "info does not tell the waves"
works 1 info "$source/examples/models/ns2d-latents.h5"
grep -q '^network local, .* modes 0, ' ../out || wrong "a file without modes has some: $(grep '^network' ../out)"
works 1 generate -generator_type gaussian -grid_n 16,12 -grid_basis cosine -samples 8 -seed 1 -out data2.h5
# shellcheck disable=SC2086
refused 1 '-local_modes 3: .* reflecting ends: give -local_modes 0' $train -data data2.h5 -local_modes 3 -out x.h5
finish
