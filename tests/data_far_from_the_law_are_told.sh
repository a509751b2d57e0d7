#!/bin/sh
# Data that the law has never seen are counted and the farthest is named: with a factor and without one, on one grid and on two ranks; data that are not linear by what fields of
# the law give, phases by their neighbours, a flow by draws. Data of one place that no field gives at once are named, whatever groups or turns they have. Draws that leave the law are told. Data of the law get no warning.
. "$1/tests/program.sh"

law="-grid_n 16,16 -cov_alpha 2 -cov_tau 6 -data_cov_alpha 3 -data_cov_tau 6"
one="posterior $law -posterior_type exact -samples 1"
printf 'x,y,value\n0.125,0.5,0.3\n0.5,0.5,50\n0.75,0.25,-90\n0.25,0.75,0.1\n' >far.csv
printf 'x,y,value\n0.125,0.5,-9\n0.5,0.5,0.1\n0.75,0.25,0.2\n' >negative.csv
printf 'x,y,value,noise,group\n0.125,0.5,0.3,1e-6,1\n0.5,0.5,0.1,0.1,1\n0.125,0.5,0.2,1e-6,1\n' >twice.csv
printf 'x,y,value,noise,group\n0.125,0.5,0.3,1e-6,1\n0.5,0.5,0.1,0.1,1\n0.125,0.5,0.2,1e-6,2\n' >offset.csv
# shellcheck disable=SC2086
{
  for dense in 2000 2; do
    for ranks in 1 2; do
      works $ranks $one -obs_data far.csv -obs_dense $dense -out far$dense$ranks.h5
      grep -Eq "^warning: datum 2 is [89][0-9][.0-9]* standard deviations from the law's mean, the farthest of 2 of 4 data beyond 8: the law has never seen this" ../out ||
        wrong "-obs_dense $dense, $ranks ranks: $(grep warning ../out)"
    done
  done
  works 1 sample $law -score_type gaussian -samples 1 -seed 4 -out truth.h5
  for type in points square tanh; do
    works 1 observe -data truth.h5 -obs_type $type -obs_every 4 -obs_noise 0.05 -out $type.csv
    works 1 posterior $law -posterior_type guided -sampler_evaluations 5 -samples 1 -obs_type $type -obs_data $type.csv -out near$type.h5
    grep -q 'warning' ../out && wrong "$type: data of the law: $(grep warning ../out)"
  done
  works 1 $one -obs_data points.csv -obs_dense 2 -out near.h5
  grep -q 'warning' ../out && wrong "more data than -obs_dense, of the law: $(grep warning ../out)"
  works 1 posterior $law -posterior_type guided -sampler_evaluations 5 -samples 1 -obs_type square -obs_data negative.csv -obs_noise 0.1 -out negative.h5
  grep -Eq '^warning: datum 0 is (89|90) standard deviations of the noise from what fields of the law give, the farthest of 1 of 3 data' ../out || wrong "a square of -9: $(grep warning ../out)"
  works 1 posterior $law -posterior_type guided -sampler_evaluations 5 -samples 1 -obs_type tanh -obs_data negative.csv -obs_noise 0.1 -out tanh.h5
  grep -Eq '^warning: datum 0 is [78][0-9][.0-9]* standard deviations of the noise' ../out || wrong "a tanh of -9: $(grep warning ../out)"

  works 1 sample $law -data_cov_variance 4 -score_type gaussian -samples 1 -seed 4 -out wide.h5
  works 1 observe -data wide.h5 -obs_type phase -obs_every 1 -obs_noise 0.05 -out phase.csv
  awk -F, -v OFS=, '/^[0-9]/ && ++n == 8 { $3 += $3 > 0 ? -1.5 : 1.5 } 1' phase.csv >turned.csv
  flow='-obs_type flow -obs_flow_time 0.1 -obs_flow_nu 0.01 -obs_flow_step 0.05'
  works 1 observe -data truth.h5 $flow -obs_every 8 -obs_noise 0.05 -out flow.csv
  awk -F, -v OFS=, '/^[0-9]/ && ++n == 3 { $3 = 40 } 1' flow.csv >whirl.csv
  while read -r expected ranks data options; do
    works $ranks posterior $law -posterior_type guided -sampler_evaluations 3 -samples 1 -obs_data $data.csv $options -overwrite -out x.h5
    warned=$(grep -E '^warning: datum' ../out)
    case $expected in
      none) [ -z "$warned" ] || wrong "$data, of the law: $warned" ;;
      *) echo "$warned" | grep -Eq "^warning: datum $expected is [1-9][0-9.]+ standard deviations from the (law, whole turns|mean of draws)" || wrong "$data: $warned" ;;
    esac
  done <<END
none 1 phase -obs_type phase -data_cov_variance 4
7 2 turned -obs_type phase -data_cov_variance 4
none 1 flow $flow
2 1 whirl $flow
END

  works 2 $one -obs_data twice.csv -obs_offset 1 -out twice.h5
  grep -Eq '^warning: data 0 and 2 are of one place and 7.07e\+0?4 standard deviations of their noise apart: they contradict' ../out || wrong "two values of one place: $(grep warning ../out)"
  works 1 $one -obs_data offset.csv -obs_offset 1 -out offset.h5
  grep -q contradict ../out && wrong "values of one place that groups explain: $(grep warning ../out)"

  works 1 posterior $law -posterior_type dps -posterior_weight 1e6 -sampler_evaluations 11 -samples 2 -obs_data points.csv -out dps.h5
  grep -Eq '^warning: a draw reaches [0-9.e+]* standard deviations of the law from its mean: it has left the law; give a smaller -posterior_weight' ../out || wrong "dps of weight 1e6: $(tail -3 ../out)"
  works 1 posterior $law -posterior_type dps -posterior_weight 0.1 -sampler_evaluations 11 -samples 2 -obs_data points.csv -out dps1.h5
  grep -q 'has left the law' ../out && wrong "dps of weight .1: $(grep warning ../out)"
}
finish
