#!/bin/sh
# observe makes data of a field, posterior draws fields given them, alike on any ranks; what makes no sense is one line.
. "$1/tests/program.sh"

law="-grid_n 32,32 -cov_alpha 2 -cov_tau 6 -data_cov_alpha 3 -data_cov_tau 6"
works 1 sample $law -score_type mixture -out truth.h5
works 2 observe -data truth.h5 -obs_every 8 -obs_noise 0.1 -seed 1 -out y.csv
[ "$(grep -c '^[0-9]' y.csv)" = 16 ] || wrong 'not 16 data in y.csv'
grep -q '^x,y,value,noise$' y.csv || wrong 'y.csv has another header'
works 1 posterior $law -score_type mixture -posterior_type exact -obs_data y.csv -samples 3 -out exact.h5
exact=$(sed -n 's/^log evidence //p' ../out)
works 3 posterior $law -score_type mixture -posterior_type exact -obs_data y.csv -samples 3 -out exact3.h5
[ "$exact" = "$(sed -n 's/^log evidence //p' ../out)" ] || wrong 'the log evidence depends on the number of ranks'
works 1 posterior $law -score_type mixture -obs_data y.csv -samples 40 -posterior_particles 20 -sampler_evaluations 100 -out smc.h5
evidence=$(sed -n 's/.*log evidence //p' ../out)
awk -v a="$evidence" -v b="$exact" 'BEGIN { exit !(a - b < 1 && b - a < 1) }' || wrong "log evidence $evidence by smc, exactly $exact"
works 2 posterior $law -score_type mixture -obs_data y.csv -samples 40 -posterior_particles 20 -sampler_evaluations 100 -out smc2.h5
[ "$evidence" = "$(sed -n 's/.*log evidence //p' ../out)" ] || wrong 'smc depends on the number of ranks'
works 2 info smc.h5
grep -q posterior_ess ../out || wrong 'the file does not say how many particles were effective'
works 1 posterior $law -posterior_type guided -obs_data y.csv -samples 2 -obs_dense 4 -obs_ksp_rtol 1e-8 -out cg.h5
works 1 posterior $law -posterior_type guided -obs_data y.csv -samples 2 -sampler_type heun -sampler_evaluations 31 -out heun.h5
works 1 observe -data truth.h5 -obs_type average -obs_width 0.25 -obs_points y.csv -out average.csv
works 1 observe -data truth.h5 -obs_type coarse -obs_grid 8,8 -out coarse.csv
works 1 observe -data truth.h5 -obs_type modes -obs_modes 2 -out modes.csv
works 2 posterior $law -score_type mixture -posterior_type exact -obs_type average -obs_width 0.25 -obs_data average.csv -samples 2 -out average.h5
works 2 posterior $law -score_type mixture -posterior_type exact -obs_type coarse -obs_grid 8,8 -obs_data coarse.csv -samples 2 -out coarse.h5
works 2 posterior $law -score_type mixture -posterior_type exact -obs_type modes -obs_modes 2 -obs_data modes.csv -samples 2 -out modes.h5

# With the kernel wa a Gaussian law's particles have weight 1, so that the estimate is the exact evidence: both bases, 1 to 3 axes, vectors, each process.
data="-data_cov_alpha 3 -data_cov_tau 6"
while read -r name options; do
  works 1 sample $options $data -out t$name.h5
  works 1 observe -data t$name.h5 -obs_every 4 -out $name.csv
  works 2 posterior $options $data -posterior_type exact -obs_data $name.csv -samples 2 -out e$name.h5
  exact=$(sed -n 's/^log evidence //p' ../out)
  works 2 posterior $options $data -posterior_kernel wa -posterior_particles 3 -obs_data $name.csv -samples 3 -out s$name.h5
  awk -v a="$(sed -n 's/.*log evidence //p' ../out)" -v b="$exact" 'BEGIN { exit !(b != "" && a - b < 1e-4 && b - a < 1e-4) }' || wrong "$name: another log evidence than $exact"
done <<END
cosine -grid_n 32,16 -grid_basis cosine -cov_alpha 2
space -grid_n 8,8,8 -cov_alpha 3
vector -grid_n 16,32 -components 2 -cov_alpha 2 -cov_solenoidal -data_cov_solenoidal
heat -grid_n 64 -sde_type heat
ve -grid_n 64 -sde_type ve
flow -grid_n 64 -sde_type flow
END

at="posterior $law -samples 2 -out x.h5"
printf 'x,y,value\n0.1,1.5,0\n' >outside.csv
printf 'x,y,value\n0.1,0.5,0\n0.1,0.7,nan\n' >nan.csv
printf 'x,y,value\n0.1,0.5\n' >short.csv
printf 'x,value\n0.1,0.5\n' >line.csv
printf 'x,y,value,noise\n0.1,0.5,1,0\n' >exactly.csv
printf 'x,y,height\n0.1,0.5,1\n' >column.csv
printf 'x,y\n0.1,0.5\n' >places.csv
printf 'x,y,value\n0.125,0.5,50\n' >far.csv
printf 'x,y,value\n' >empty.csv
refused 2 'datum 0: y is 1.5, outside the box' $at -obs_data outside.csv
refused 1 'datum 1 \(line 3\): value is "nan"' $at -obs_data nan.csv
refused 2 'datum 0 \(line 2\) does not have the 3 numbers' $at -obs_data short.csv
refused 1 'as many of the columns x, y, z' $at -obs_data line.csv
refused 1 'noise of datum 0 is 0.?: it must be positive' $at -obs_data exactly.csv
refused 1 'column "height"' $at -obs_data column.csv
refused 1 'no data: give -obs_data' $at -obs_data places.csv
refused 1 'no datum' $at -obs_data empty.csv
refused 2 'absent.csv: cannot be read' $at -obs_data absent.csv
refused 1 'nothing is observed' $at
refused 1 'given twice' $at -obs_data y.csv -obs_every 4
refused 1 'no such observation|obs_type' $at -obs_data y.csv -obs_type pointss
refused 1 'which boxes' $at -obs_points y.csv -obs_type average
refused 1 'not known exactly' $at -obs_data y.csv -posterior_type exact -score_type empirical -empirical_data truth.h5
refused 1 'at least 2' $at -obs_data y.csv -posterior_particles 1
refused 1 'posterior_moves_noise: unknown option, or one without effect' $at -obs_data y.csv -posterior_moves_noise 2
refused 1 'obs_period: unknown option, or one without effect' $at -obs_data y.csv -obs_period 2
refused 1 'exists' observe -data truth.h5 -obs_every 8 -out y.csv
printf 'x,value,noise\n0.1875,0.5,0.2\n0.25,0.1,0.2\n0.3125,-0.4,0.2\n0.6875,-0.2,0.2\n0.75,0.5,0.2\n0.875,0.9,0.2\n' >six.csv
steps='-sampler_type langevin -sampler_precondition posterior'
refused 1 'narrower than its spectrum says; give -sampler_precondition noise' posterior -grid_n 32 -cov_alpha 1 -cov_tau 6 -data_cov_alpha 2 -data_cov_tau 6 -data_cov_variance 0.1 \
  -score_type mixture -mixture_places 8 -mixture_amplitudes 0.98995 -posterior_type guided $steps -sampler_evaluations 121 -obs_data six.csv -samples 2 -out narrow.h5
[ -e narrow.h5 ] && wrong 'a field that left the law was written'
refused 1 'takes data that are linear' posterior $law $steps -posterior_type guided -posterior_covariance jacobian -obs_data y.csv -samples 1 -out noised.h5
refused 1 'leave -posterior_guidance out' posterior $law $steps -posterior_type guided -posterior_guidance noised -obs_data y.csv -samples 1 -out noised.h5
refused 1 'give -posterior_guidance noised' posterior $law -sampler_type langevin -sampler_precondition data -posterior_type guided -obs_data y.csv -samples 1 -out noised.h5
refused 1 'needs data' sample $law $steps -samples 1 -out without.h5
works 1 posterior $law -posterior_type exact -obs_data far.csv -samples 2 -out far.h5
grep -q 'warning: datum 0 is 4[0-9.]* standard deviations' ../out || wrong 'no warning of a datum that is far from the law'
finish
