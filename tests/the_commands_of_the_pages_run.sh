#!/bin/sh
# Every command of the pages that stands in a block, or has an -out in the text, runs in the order of its page on small fields and few steps; files that a page
# takes as given stand in.  docs/your-data.md, docs/paths.md and README.md have claims of their own.
. "$1/tests/program.sh"

# What pages take as given: small fields of a flow, on two grids and twice, digits, a scene, stations, a start.
python=/usr/bin/python3
mkdir ../given
(
  cd ../given || exit 1
  flow="generate -generator_type navierstokes -ns_refine 1 -ns_force_band 3 -ns_time 0.05 -samples 8"
  works 1 $flow -grid_n 32,32 -seed 1 -out flow.h5
  works 1 $flow -grid_n 32,32 -seed 2 -out other.h5
  works 1 $flow -grid_n 16,16 -seed 1 -out half.h5
  works 1 sample -grid_n 16,16 -data_cov_alpha 3 -samples 8 -seed 1 -out a.h5
  works 1 sample -grid_n 16,16 -data_cov_alpha 2 -samples 8 -seed 2 -out b.h5
  works 1 $flow -grid_n 64,64 -samples 4 -seed 3 -out truth.h5
  works 1 $flow -grid_n 16,16 -ns_nu 1e-3 -out nu1.h5
  works 1 $flow -grid_n 16,16 -ns_nu 4e-3 -seed 1 -out nu2.h5
  printf 'x,y\n0.1,0.2\n0.5,0.7\n0.9,0.4\n' >stations.csv
  exit "$failures"
) || wrong "the files that stand in are not made"

# page and name in it: what stands in
cat >../standins <<'LIST'
bridges fine.h5 flow.h5
bridges coarse.h5 half.h5
bridges a.h5 a.h5
bridges b.h5 b.h5
conditions nu1.h5 nu1.h5
conditions nu2.h5 nu2.h5
conditions start.h5 flow.h5
insar test.h5 insar.h5
judging simulations.h5 flow.h5
judging train.h5 other.h5
model-ns2d test64.h5 flow.h5
model-ns2d test256.h5 other.h5
octaves train.h5 truth.h5
octaves coarse.h5 flow.h5
points stations.csv stations.csv
points truth.h5 truth.h5
posteriors truth.h5 truth.h5
posteriors truths.h5 flow.h5
posteriors fields.h5 flow.h5
posteriors ns64.h5 flow.h5
LIST

# what needs files or libraries that do not stand in, each with the claim that has it
cat >../elsewhere <<'LIST'
choosing validate: published_biases_are_reproduced
families validate: published_biases_are_reproduced
conditions train -data train.h5: a_model_is_told_numbers_and_maps
conditions sample -model model.h5: a_model_is_told_numbers_and_maps
insar generate -generator_type patches: interferograms_from_the_program
insar train -data scenes.h5: scenes_of_a_stack_are_what_a_model_learns
mnist-sdf generate -generator_type mnistsdf: digits_from_the_program
mnist-sdf evaluate -data digits.h5: digits_from_the_program
points train: values_at_places_from_the_program
points sample -model at.h5: values_at_places_from_the_program
points encode: latents_are_drawn_and_decoded
points sample -model drawn-from.h5: latents_are_drawn_and_decoded
posteriors evaluate -data truths.h5: calibration_from_the_program
README apply -net NET.h5: weights_from_pytorch_agree
LIST

# page command...: of blocks, on one line each, and those of the text that have an -out
find "$source/docs" "$source/examples/README.md" -name '*.md' ! -name CHANGELOG.md ! -name your-data.md ! -name paths.md | sort | while read -r file; do
  page=$(basename "$file" .md)
  awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on || /^    [a-z ]/ { sub(/^    /, ""); print; next } { n = split($0, part, "`"); for (i = 2; i <= n; i += 2) if (part[i] ~ /^karhunen .* -out /) print part[i] }' "$file" |
    sed -e ':a' -e '/\\$/{N; s/ *\\\n */ /; ba' -e '}' -e 's/  *#.*//; s/  */ /g; s/ \.\.\. / /g; s/; done$//' | sed 's/^.*; do i=.*; karhunen/karhunen/' | grep -E '^(mpirun -n [0-9]+ )?karhunen(-bench)? [a-z-]' |
    sed "s/^mpirun -n [0-9]* //; s/^/$page /"
done | grep -vE 'FILE|COMMAND| M\.h5|N,N' >../commands
[ "$(wc -l <../commands)" -ge 60 ] || wrong "only $(wc -l <../commands) commands are found"

# the same on small fields: fewer samples, points, steps
small() {
  sed -E -e 's/-samples ([0-9]{2,}|[5-9])/-samples 4/; s/-roll [0-9]+/-roll 3/; s/-plan_ranks [0-9]+/-plan_ranks 2/; s/-count [0-9]+/-count 2/; s/-coarse_draws [0-9]+/-coarse_draws 2/; s/-truths (24|64)/-truths 2/; s/-energy_fields [0-9]+//; s/-judge_steps [0-9]+/-judge_steps 10/' \
    -e 's/-ns_time 4//; s/-ns_refine [0-9.]+//; s/-ns_time 10//; s/-ns_times 48 -ns_lag 1.5/-ns_times 2 -ns_lag 0.05/; s/-ns_times (20|110) -ns_lag 0.5/-ns_times 4 -ns_lag 0.05/; s/-ns_times (24|32) -ns_lag 2/-ns_times 2 -ns_lag 0.05/' \
    -e 's/(64,64,64|128,128,128|256,256,256)/16,16,16/' -e 's/(64,64|256,256|1024,1024|2048,2048|4096,4096|16384,16384|128,128)/16,16/g; s/(512,512,512|32,32,32)/16,16,16/; s/-train_grid 16,16/-train_grid 32,32/; s/16,16( +-samples [14] -seed (1001|4001|1 -out train\.h5))/64,64\1/' \
    -e 's/\$nu/2e-3/; s/-seed \$i/-seed 1/; s/nu\$i\.h5/nu3.h5/; s/nu1\.h5,nu2\.h5(,nu[0-9]\.h5)*/nu1.h5,nu2.h5/; s|-model insar.h5|-model examples/models/insar.h5|' \
    -e 's/-fno_(modes|width|hidden) [0-9,]+//g; s/-train_(steps|batch|warmup) [0-9]+//g; s/-unet_widths 16,32/-unet_widths 16,16/' |
    sed -E -e '/ns2d-cascade/s/-coarse_grid 16,16/-coarse_grid 32,32/; /ns2d-cascade/s/-grid_n 16,16/-grid_n 64,64/' -e '/ns2d-turbulence/s/-(coarse_grid|grid_n) 16,16/-\1 64,64/' -e "s|examples/models|$source/examples/models|g"
}
added() { # COMMAND LINE: options that make it short; the last one counts
  case $1 in
    train) case $2 in *net_type*) echo "-train_steps 2 -train_batch 2 -train_warmup 1" ;; *) echo "-train_steps 2 -train_batch 2 -train_warmup 1 -fno_width 4 -fno_modes 3 -fno_hidden 8 -fno_depth 2" ;; esac ;;
    sample) case $2 in *-near*) ;; *) echo "-sampler_evaluations 3" ;; esac ;;
    posterior) case $2 in *exact*) ;; *) echo "-sampler_evaluations 3 -posterior_particles 2" ;; esac ;;
    translate) echo "-translate_steps 3" ;;
    calibrate) echo "-samples 4 -sampler_evaluations 3" ;;
    generate) case $2 in *navierstokes*) echo "-ns_refine 1 -ns_force_band 3 -ns_time 0.05" ;; esac ;;
  esac
}

n=0
while read -r page line; do
  words=$(echo "$line" | sed 's/^karhunen//')
  while IFS=: read -r what claim; do
    case "$page$words " in "$(echo "$what" | sed 's/ / /') "*) ls "$source/tests/${claim# }".* >/dev/null 2>&1 || wrong "no test $claim"; continue 2 ;; esac
  done <../elsewhere
  mkdir -p "$page"
  case $words in
    "-bench "*) program=karhunen-bench command='' words=${words#-bench} ;;
    *) program=karhunen command=$(echo "$words" | awk '{ print $1 }') ;;
  esac
  words=$(echo "$words" | small)
  cd "$page" || exit 1
  grep "^$page " ../../standins | while read -r p name file; do [ -e "$name" ] || cp "../../given/$file" "$name" 2>/dev/null || cp "$file" "$name" 2>/dev/null; done
  case $program in karhunen-bench) more=-bench_repeat\ 1; case $words in *fno*) more="$more -bench_baseline false -fno_modes 4 -fno_width 4" ;; esac ;; *) more=$(added "$command" "$words") ;; esac
  case $words in " plan "*) ;; *" -out "*) more="$more -overwrite" ;; esac
  n=$((n + 1))
  status=0
  eval "timeout -k 5 120 \"$build/$program\" $words $more" >../../out 2>../../err </dev/null || status=$?
  [ "$status" = 0 ] || wrong "$page: $program $words $more: $(tail -2 ../../err)"
  cd ..
done <../commands
[ "$n" -ge 50 ] || wrong "only $n commands ran"
finish
