#!/bin/sh
# train -train_objective bridge and translate: with networks that have learnt nothing, Gaussian fields become fields of the other law, whose variance
# they have (400 fields, 4 standard errors: a false alarm in 10^4 seeds, here fixed); the same on any ranks; what does not fit is refused.
. "$1/tests/program.sh"

works 1 generate -generator_type gaussian -data_cov_alpha 3 -data_cov_variance 0.5 -grid_n 8,8 -samples 400 -seed 1 -out start.h5
works 1 generate -generator_type gaussian -data_cov_alpha 2 -data_cov_variance 2 -grid_n 16,16 -samples 400 -seed 1 -out end.h5
how="-train_steps 1 -train_lr 0 -train_batch 2 -fno_modes 3 -fno_width 4 -fno_depth 1 -train_validation 0.1"
# shellcheck disable=SC2086
{
  works 1 train -train_objective bridge -data end.h5 -bridge_data start.h5 $how -out apart.h5
  works 2 train -train_objective bridge -data end.h5 -bridge_data start.h5 -bridge_pairs $how -out pairs.h5
  works 1 train -train_objective bridge -data start.h5 -bridge_data end.h5 -train_steps 20 -fno_modes 3 -fno_width 4 -out back.h5
}
for model in apart pairs; do
  works 2 translate -model $model.h5 -data start.h5 -translate_steps 3 -out $model-fields.h5
  works 1 evaluate -data end.h5 -samples $model-fields.h5 -out report -overwrite
  z=$(sed -n 's/^  variance .* \([+-][0-9.]*\)$/\1/p' ../out)
  awk "BEGIN { exit !(\"$z\" != \"\" && $z < 4 && $z > -4) }" || wrong "$model: the variance is off by '$z' standard errors"
  works 3 translate -model $model.h5 -data start.h5 -translate_steps 3 -samples 2 -ranks_per_field 3 -out_precision double -out three.h5 -overwrite
  works 1 translate -model $model.h5 -data start.h5 -translate_steps 3 -samples 2 -out_precision double -out one.h5 -overwrite
  h5diff -d 1e-6 one.h5 three.h5 /field >../diff || wrong "$model on 3 ranks: $(tail -1 ../diff)"
done
works 2 translate -model pairs.h5 -data start.h5 -samples 2 -grid_n 32,32 -out finer.h5
works 1 translate -model back.h5 -data end.h5 -samples 2 -out coarse.h5
works 1 info apart-fields.h5
refused 1 'apart.h5 is a model of bridges' sample -model apart.h5 -out x.h5
refused 1 'from which fields\? give -bridge_data FILE' train -train_objective bridge -data end.h5 -out x.h5
works 1 generate -generator_type gaussian -grid_n 8,8 -samples 4 -seed 1 -out few.h5
works 1 generate -generator_type gaussian -grid_n 8,8 -grid_length 2,2 -samples 400 -seed 1 -out box.h5
refused 1 'bridge_pairs: few.h5 has 4 fields, the data 400' train -train_objective bridge -data end.h5 -bridge_data few.h5 -bridge_pairs -out x.h5
works 1 sample -grid_n 8,8 -components 2 -samples 400 -seed 1 -out two.h5
refused 1 'bridge_data two.h5 has fields of 2 components, -data of 1' train -train_objective bridge -data end.h5 -bridge_data two.h5 -out x.h5
refused 1 'bridge_data has a box of length 2.* along axis 0, -data of 1' train -train_objective bridge -data end.h5 -bridge_data box.h5 -out x.h5
refused 1 'box.h5 has a box of length 2' translate -model pairs.h5 -data box.h5 -out x.h5
refused 1 'there are no 7 from number 0' translate -model pairs.h5 -data few.h5 -samples 7 -out x.h5
works 1 train -data end.h5 -train_steps 1 -fno_modes 3 -fno_width 4 -out law.h5
refused 1 'law.h5 is a model of one law' translate -model law.h5 -data start.h5 -out x.h5
finish
