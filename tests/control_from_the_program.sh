#!/bin/sh
# control draws paths under the best control for a cost: the least cost of a linear process is the same with any number of steps and on any ranks, a
# greater weight brings the end nearer; a learnt control is trained and used; what makes no sense is one line.
. "$1/tests/program.sh"
python=/usr/bin/python3

works 1 sample -grid_n 16 -data_cov_alpha 3 -samples 2 -seed 1 -out a.h5
at="control -sde_type heat -cov_alpha 2 -control_start a.h5 -control_target a.h5 -control_target_sample 1 -samples 8"
works 1 $at -control_weight 20 -bridge_steps 3 -out three.h5
one=$(sed -n 's/^least cost \([0-9.]*\).*/\1/p' ../out)
[ -n "$one" ] || wrong "no least cost: $(cat ../out)"
works 3 $at -control_weight 20 -bridge_steps 1 -ranks_per_field 3 -out one.h5
[ "$one" = "$(sed -n 's/^least cost \([0-9.]*\).*/\1/p' ../out)" ] || wrong "one step on three ranks: $(cat ../out); three steps: $one"
works 1 $at -control_weight 2000 -bridge_steps 3 -out near.h5
if $python -c 'import h5py' 2>/dev/null; then
  $python - "$one" <<'END' || wrong 'a greater weight does not bring the end nearer, or the file lacks the least cost'
import h5py, sys
b = h5py.File("a.h5")["u"][1]
off = lambda n: ((h5py.File(n)["u"][:, -1] - b) ** 2).mean()
assert off("near.h5") < .3 * off("three.h5"), (off("near.h5"), off("three.h5"))
assert abs(h5py.File("three.h5").attrs["value"] - float(sys.argv[1])) < 1e-6
END
fi
works 1 observe -data a.h5 -obs_every 4 -obs_noise 0.1 -out y.csv
works 1 control -sde_type heat -cov_alpha 2 -control_start a.h5 -obs_data y.csv -samples 2 -bridge_steps 2 -out data.h5
grep -q '^cost observation' ../out && grep -q '^least cost [0-9.]*: of the end' ../out || wrong "data as a cost: $(cat ../out)"
works 1 control -sde_type heat -cov_alpha 2 -control_start a.h5 -obs_data y.csv -control_weight 0.5 -bridge_particles 64 -samples 64 -bridge_steps 10 -out half.h5
grep -q 'effective particles' ../out || wrong "a cost that is weighed: $(cat ../out)"
works 1 control -help
# A control that is learnt begins at the best one of the linear part: paths under it are weighed to the same least cost.
vp="-sde_type vp -sde_beta_min 0.5 -sde_beta_max 1.5"
works 1 sample -grid_n 16 -data_cov_alpha 2 -samples 24 -seed 5 -out s.h5
learn="train -data s.h5 -noise_cov_type matern -noise_cov_alpha 1 $vp -control_target a.h5 -control_weight 5 -train_steps 2 -train_batch 4
  -fno_width 8 -fno_modes 4 -fno_hidden 8"
works 2 $learn -train_objective adjoint -train_lr 1e-30 -train_validation 0.2 -out m.h5
works 1 control -control_start s.h5 -control_target a.h5 -control_weight 5 -cov_alpha 1 $vp -samples 4 -out exact.h5
exact=$(sed -n 's/^least cost \([0-9.]*\).*/\1/p' ../out)
works 2 control -control_model m.h5 -control_start s.h5 -control_target a.h5 -control_weight 5 -bridge_steps 60 -bridge_particles 200 -samples 400 -out learnt.h5
learnt=$(sed -n 's/^least cost \([0-9.]*\).*/\1/p' ../out)
awk "BEGIN { d = $learnt - $exact; exit !(d < .4 && d > -.4) }" || wrong "least cost $learnt by paths of the learnt control, $exact exactly"
works 1 $learn -train_objective logvariance -out v.h5
refused 1 'under which noise' train -train_objective adjoint -data s.h5 -control_target a.h5 -train_steps 1 -out x.h5
refused 1 'distance to which field' train -train_objective adjoint -data s.h5 -noise_cov_type matern -train_steps 1 -out x.h5
works 1 train -data s.h5 -train_steps 1 -train_batch 4 -fno_width 8 -fno_modes 4 -out law.h5
refused 1 'law.h5 is a model of one law, not of a control' control -control_model law.h5 -control_start s.h5 -control_target a.h5 -out x.h5
refused 1 'from where' control -control_target a.h5 -out x.h5
refused 1 'at what cost' control -control_start a.h5 -out x.h5
refused 1 'no such cost; there are distance, observation' $at -control_cost effort -out x.h5
refused 1 'distance to which field' control -control_cost distance -control_start a.h5 -obs_data y.csv -out x.h5
refused 1 'cost of which data' $at -control_cost observation -out x.h5
refused 1 'control_weight' $at -control_weight -1 -out x.h5
finish
