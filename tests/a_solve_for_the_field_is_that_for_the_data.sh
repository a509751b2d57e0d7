#!/bin/sh
# Fields given more data than a factor is made of, solved for the data's covariance, for the field, or as -obs_solve auto chooses, are those of the
# factor: places at random, half of them in a corner, on 1 and 2 ranks, fields without divergence too; so are
# weighed particles.  Of a grid's points with little noise the field
# takes fewer than 30 products where the data's covariance does not end in 150; where the field does not end, auto goes back to the data.
. "$1/tests/program.sh"
if ! command -v h5diff >/dev/null; then
  echo "SKIPPED: no h5diff"
  exit 77
fi
law="-score_type gaussian -grid_n 64,64 -data_cov_alpha 3"
works 1 sample $law -samples 1 -seed 1 -out truth.h5
awk 'BEGIN { srand(1); print "x,y"; for (i = 0; i < 700; i++) { s = i % 2 ? 0.3 : 1; printf "%.6f,%.6f\n", s * rand(), s * rand() } }' >places.csv
given() { # NAME RANKS OPTION...
  name=$1 ranks=$2
  shift 2
  works "$ranks" posterior $law -obs_data y.csv -posterior_type exact -samples 2 -seed 3 "$@" -out "$name.h5" -overwrite
}
same() { # NAME NAME
  h5diff -d 1e-4 "$1.h5" "$2.h5" /u >diff.txt 2>&1 || wrong "$1 and $2 differ: $(tail -n 1 diff.txt)"
}
works 1 observe -data truth.h5 -obs_points places.csv -obs_noise 0.05 -seed 2 -out y.csv
given dense 1 -obs_dense 1000
given data 1 -obs_dense 100 -obs_solve data
given field 1 -obs_dense 100 -obs_solve field
given auto 2 -obs_dense 100
for one in data field auto; do same dense $one; done
for solve in data field; do given $solve 1 -obs_dense 100 -obs_solve $solve -posterior_type smc -posterior_particles 2 -sampler_evaluations 8; done
same data field

works 1 observe -data truth.h5 -obs_every 2 -obs_noise 0.01 -seed 2 -out y.csv -overwrite
given dense 1 -obs_dense 2000
given field 1 -obs_dense 100 -obs_solve field -obs_ksp_max_it 30
same dense field
refused 1 'stopped: DIVERGED_ITS' posterior $law -obs_data y.csv -posterior_type exact -obs_dense 100 -obs_solve data -obs_ksp_max_it 150 -out no.h5
works 1 observe -data truth.h5 -obs_points places.csv -obs_noise 0.003 -seed 2 -out y.csv -overwrite
given dense 1 -obs_dense 1000
given auto 1 -obs_dense 100 -obs_ksp_max_it 2000
same dense auto
refused 1 'field of errors' posterior $law -obs_data y.csv -posterior_type exact -obs_dense 100 -obs_solve field -obs_cov_type matern -obs_cov_alpha 2 -out no.h5

flow="-score_type gaussian -grid_n 32,32 -components 2 -cov_alpha 2 -cov_solenoidal -data_cov_solenoidal -data_cov_alpha 3"
works 1 sample $flow -samples 1 -seed 1 -out flow.h5
works 1 observe -data flow.h5 -obs_every 2 -obs_noise 0.02 -seed 2 -out w.csv
for solve in data field; do
  works 1 posterior $flow -obs_data w.csv -posterior_type exact -samples 1 -seed 3 -obs_dense 100 -obs_solve $solve -obs_ksp_max_it 5000 -out flow-$solve.h5
done
same flow-data flow-field
finish
