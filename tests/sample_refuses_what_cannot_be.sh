#!/bin/sh
# Laws, processes and samplers that make no sense are refused before work.
. "$1/tests/program.sh"

printf '0 1\n6.3 0.5\n12.6 -0.1\n' >negative.txt
printf '0 1\n12.6 0.5\n6.3 0.1\n' >unsorted.txt
printf '0 1\nsix 0.5\n' >words.txt
printf '0 1\n0.5 0\n' >nothing.txt
at="sample -grid_n 16,16 -out x.h5"
refused 1 'on which grid' sample -out x.h5
refused 1 'where to' sample -grid_n 16,16
refused 2 'not trace class: .*below -2' $at -cov_alpha 1
refused 1 'not trace class' $at -data_cov_alpha 0.5
refused 1 'not trace class' $at -cov_rough_length 1 -cov_rough_power 2
refused 1 'not trace class without a cut' $at -cov_type bandlimited
refused 1 'no finite variance' $at -cov_type vonkarman -cov_regimes hanssen -cov_outer 10000
refused 2 'no such covariance' $at -cov_type maternn
refused 1 'line 3, k 12.6 lambda -0.1' $at -cov_type spectrum -cov_file negative.txt
refused 1 'line 3, k 6.3: sort' $at -cov_type spectrum -cov_file unsorted.txt
refused 1 'line 2 is not two numbers' $at -cov_type spectrum -cov_file words.txt
refused 1 'no positive value' $at -cov_type spectrum -cov_file nothing.txt
refused 2 'cannot be read' $at -cov_type spectrum -cov_file absent.txt
refused 1 'has no table' $at -cov_type spectrum
refused 1 'no such process' $at -sde_type vpp
refused 1 'the first must be smaller' $at -sde_type ve -sde_sigma_min 2 -sde_sigma_max 1
refused 1 'no such score' $at -score_type mixtur
refused 2 'sampler_eta 4.5: must be at most 4' $at -sampler_eta 4.5
refused 1 'sampler_eta -1: must be at least 0' $at -sampler_eta -1
refused 1 'outside \(0, 1' $at -sampler_list 2,0.5
refused 1 'outside \(0, 1' $at -sampler_list 0.5,0
refused 1 'descending' $at -sampler_list 0.2,0.5
refused 2 'needs -sde_type ddpm' $at -sampler_times ladder
refused 1 'sampler_churn: unknown option' $at -sampler_type ancestral -sampler_churn 3
refused 1 'sampler_type mult' $at -sampler_type mult
refused 1 'give more' $at -sampler_evaluations 1
refused 1 'starts below' $at -sampler_end 500
refused 2 '2 numbers, .*amplitudes 3' $at -score_type mixture -mixture_weights 1,2 -mixture_amplitudes 1,2,3
refused 1 'disjoint' $at -score_type mixture -data_cov_type bandlimited -data_cov_cutoff 1
refused 1 'do not hold wave number 8' $at -score_type mixture -mixture_mode 8,0
refused 1 'the first must be smaller' $at -sde_type ve -sde_sigma_min 1 -sde_sigma_max 1
refused 1 'sde_rungs 2.5: give a whole number' $at -sde_type ddpm -sde_rungs 2.5
refused 1 'sampler_order 2.5: give a whole number' $at -sampler_order 2.5
refused 1 'sampler_order 5: must be at most 4' $at -sampler_order 5
refused 1 'sampler_corrections 1.5: give a whole number' $at -sampler_type langevin -sampler_corrections 1.5
refused 2 'karras and -sampler_list: give one' $at -sampler_times karras -sampler_list 0.5,0.2
refused 1 'at least two times' $at -sampler_list 0.5
refused 1 'sampler_evaluations: unknown option, or one without effect' $at -sampler_list 0.5,0.2 -sampler_evaluations 9
refused 1 'sampler_evaluations: unknown option, or one without effect' $at -sampler_type ode -sampler_evaluations 9
refused 1 'sampler_rate: unknown option, or one without effect' $at -sampler_rate 2
refused 1 'sampel: unknown option' $at -sampel 3
works 2 sample -grid_n 16,16 -samples 4 -seed 3 -out a.h5
refused 2 'exists already' sample -grid_n 16,16 -samples 4 -out a.h5
finish
