#!/bin/sh
# -resume of generate, sample and posterior: a file that a stop has left is gone on with, on other ranks too, to the bits of one run; more samples
# are added to a whole one; what is whole is left as it is; a run with another seed, law, grid or model is named and refused, and the file stays.
. "$1/tests/program.sh"
bits_of() { h5dump -A 0 "$1" | tail -n +2 | cksum; }

make="generate -generator_type navierstokes -grid_n 16,16 -ns_time 0.5 -ns_force_band 4 -ns_refine 1 -quiet"
draw="sample -score_type gaussian -grid_n 16,16 -quiet"
guess="posterior -score_type gaussian -grid_n 16,16 -obs_data data.csv -posterior_particles 4 -ranks_per_field 1 -quiet"
works 1 $draw -samples 1 -out one.h5
works 1 observe -data one.h5 -obs_every 4 -out data.csv
# A run of 8 samples leaves the file that one of 24 leaves when it stops after 8.
for name in make draw guess; do
  eval "command=\$$name"
  works 1 $command -samples 24 -out $name.whole.h5
  works 1 $command -samples 8 -out $name.h5
  works 2 $command -samples 24 -out $name.h5 -resume
  grep -q -e '-resume: 8 of 24 samples are whole and kept' ../out || wrong "$name does not say what it keeps"
  [ "$(bits_of $name.h5)" = "$(bits_of $name.whole.h5)" ] || wrong "$name: the file that was gone on with has other bits"
  works 1 verify $name.h5
  sum=$(cksum <$name.h5)
  works 1 $command -samples 24 -out $name.h5 -resume
  [ "$(cksum <$name.h5)" = "$sum" ] || wrong "$name: a file that is whole is touched by -resume"
  refused 1 'seed 0 there, 1 here' $command -samples 30 -out $name.h5 -resume -seed 1
  refused 2 'out_precision float there, double here' $command -samples 30 -out $name.h5 -resume -out_precision double
  [ "$(cksum <$name.h5)" = "$sum" ] || wrong "$name: a file is touched by -resume of another run"
done
refused 1 'ns_nu 0.002 there, 0.1 here' $make -samples 30 -out make.h5 -resume -ns_nu 0.1
refused 1 'grid_n 16,16 there, 16,18 here' $draw -samples 30 -out draw.h5 -resume -grid_n 16,18
sed 's/,0\.1/,0.2/' data.csv >other.csv
refused 1 'obs_data file:[0-9a-f]+ there, file:' $guess -obs_data other.csv -samples 30 -out guess.h5 -resume
cp data.csv same.csv
works 1 $guess -obs_data same.csv -samples 28 -out guess.h5 -resume
works 1 $draw -samples 3 -out new.h5 -resume
grep -q 'there is no whole sample of new.h5' ../out || wrong "-resume of nothing does not say so"
# A kill after a file has its name leaves the lock, and the part as a second name: the next -resume clears them away.
for name in make draw guess; do
  eval "command=\$$name"
  samples=24 && [ $name = guess ] && samples=28
  echo "$(uname -n) 999999999 1 -" >$name.h5.lock
  ln $name.h5 $name.h5.part
  # shellcheck disable=SC2086
  works 1 $command -samples $samples -out $name.h5 -resume
  grep -q "all $samples samples of $name.h5 are there" ../out || wrong "$name.h5 is not whole: $(cat ../out)"
  if [ -e $name.h5.lock ] || [ -e $name.h5.part ]; then wrong "$name: -resume of a whole file leaves $(ls $name*)"; fi
done
echo "othernode 123 456 789" >draw.h5.lock
works 1 $draw -samples 24 -out draw.h5 -resume
[ -e draw.h5.lock ] || wrong "the lock of another host is taken away"
rm draw.h5.lock
printf 'not HDF5' >foreign.h5
refused 1 'foreign.h5 is not an HDF5 file' $draw -samples 30 -out foreign.h5 -resume
finish
