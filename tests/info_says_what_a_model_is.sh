#!/bin/sh
# karhunen info of a model says its law, box, network, process, training, sampler and the commands that made it; arrays of the file on an
# option; of a cascade each level; of other files what it said before.
. "$1/tests/program.sh"
models=$source/examples/models

says() { grep -Eq "$1" ../out || wrong "info does not say '$1': $(head -20 ../out)"; }
works 1 info "$models/ns2d.h5"
says '^ *model  .*law of fields: karhunen sample'
says '^ *fields +vorticity: vorticity at the final time, unit 1, 1 component$'
says '^ *box +6.28319 x 6.28319, periodic, axes begin at 0, 0; trained on 64 x 64 points$'
says '^ *training +[0-9]+ steps on [0-9]+ fields; at its end loss [0-9.]+, [0-9.]+ on fields held back$'
says '^ *network +runs on its training grid.*-denoiser_resolve 1$'
says '^ *sampler .*-sampler_evaluations 40 -sampler_end 0.001 -sampler_eta 0$'
says '^network fno, width 32, depth 4.* weights$'
says '^data covariance spectrum'
says '^noise covariance spectrum'
says '^process vp'
says '^ *made by .*karhunen|^ *made by .*train'
if grep -q 'float32' ../out; then wrong "arrays are listed unasked"; fi
works 1 info "$models/ns2d.h5" -info_arrays
says 'layer0.spectral +float32'
says '^ *kind +karhunen denoiser'
works 2 info "$models/insar.h5"
says 'wave: cosine and sine of the phase, unit 1, 2 components'
says 'box +12800 x 12800 m, reflecting ends'
works 1 info "$models/ns2d-cascade.h5"
says 'a cascade of 4 networks'
[ "$(grep -c '^network' ../out)" = 4 ] || wrong "not each level has its network"
works 1 info "$models/ns2d-places.h5"
says 'of values at places: karhunen sample -points'
works 1 sample -score_type gaussian -grid_n 8,8 -samples 1 -out u.h5
works 1 info u.h5
says 'float32|float64'
if grep -q '^ *model ' ../out; then wrong "fields are called a model"; fi
cp "$models/ns2d-places.h5" broken.h5
printf 'x' | dd of=broken.h5 bs=1 seek=5000 conv=notrunc 2>/dev/null
refused 1 'damaged' info broken.h5
finish
