#!/bin/sh
# `render` draws three planes of a box or the one of -plane, one component of a vector field, and says which; -frames makes a numbered picture of
# each sample, all with the colours of one range: a sample drawn alone with that range is the same picture, and one drawn by its own is not.
# Of paths it names path and time, draws four times of the first unless told, and takes means of the samples that are chosen, never over times.
. "$1/tests/program.sh"

works 1 generate -generator_type gaussian -grid_n 8,6,4 -grid_length 4,3,2 -samples 3 -seed 1 -out box.h5
works 2 render box.h5 -samples 0 -out three.png
grep -qx 'planes z 4 of 8, y 3 of 6, x 2 of 4' ../out || wrong "it does not say the planes: $(cat ../out)"
works 1 render box.h5 -samples 0 -plane y=5 -out one.png
grep -qx 'plane y 5 of 6' ../out || wrong "it does not say the plane: $(cat ../out)"
works 1 render box.h5 -samples 0 -plane y=4 -out other.png
cmp -s one.png other.png && wrong "two planes are one picture"
refused 1 'the last one is 5' render box.h5 -plane y=6 -out no.png
refused 1 'give z, y or x' render box.h5 -plane w -out no.png
refused 1 'give z, y or x' render box.h5 -plane z=1.5 -out no.png

works 1 sample -score_type gaussian -components 2 -grid_n 8,8 -samples 3 -seed 1 -out vector.h5
works 1 render vector.h5 -component 1 -out vector.png
grep -qx 'component 1 of 2' ../out || wrong "it does not say the component: $(cat ../out)"
refused 1 'chooses a plane of a box' render vector.h5 -plane z -out no.png

works 1 render box.h5 -plane z -frames -out frame.png
[ "$(echo frame-*.png)" = "frame-0000.png frame-0001.png frame-0002.png" ] || wrong "frames: $(ls)"
grep -q '3 pictures, the last is frame-0002.png' ../out || wrong "it does not say the frames"
works 1 render box.h5 -plane z -frames -samples 1 -range -1,1 -colormap diverging -out mine.png
works 1 render box.h5 -plane z -frames -samples 0,1,2 -range -1,1 -colormap diverging -out all.png
cmp -s mine-0001.png all-0001.png || wrong "one range, another picture"
works 1 render box.h5 -plane z -frames -samples 1 -out own.png
cmp -s own-0001.png frame-0001.png && wrong "a frame has the colours of its own range"
refused 1 'exists' render box.h5 -plane z -frames -samples 1 -out own.png

works 1 bridge -bridge_start box.h5 -bridge_end box.h5 -bridge_end_sample 1 -bridge_steps 6 -samples 3 -out paths.h5
works 1 render paths.h5 -plane z -out first.svg
works 1 render paths.h5 -plane z -samples 0,2,4,6 -out told.svg
cmp -s first.svg told.svg || wrong "it draws other times of a path than the first, the last and two between"
works 1 render paths.h5 -plane z -samples 8,15 -out titled.png
refused 1 'give the samples of one time, as in -samples 6,13,... for the last' render paths.h5 -plane z -ensemble -out no.png
works 1 render paths.h5 -plane z -ensemble -samples 6,13,20 -range -1,1 -colormap diverging -out ends.png
works 1 render paths.h5 -plane z -ensemble -samples 3,10,17 -range -1,1 -colormap diverging -out middles.png
cmp -s ends.png middles.png && wrong "-ensemble does not take the samples that are chosen"
finish
