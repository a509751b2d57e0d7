#!/bin/sh
# Every option of every karhunen command in the pages is one of that command; and each page with commands stands in the list below, with the
# test that runs them, or why none does.
. "$1/tests/program.sh"
cat >../pages <<'LIST'
README.md runs: the_tour_of_the_readme_runs
docs/your-data.md runs: the_page_on_your_data_runs
docs/paths.md runs: bridges_from_the_program
docs/bridges.md not: hours of training; bridges_translate_one_law_into_another has the same commands on small fields
docs/choosing.md not: figures of other pages; bench_measures_every_type has the benchmarks
docs/conditions.md not: needs data with parameters; a_model_is_told_numbers_and_maps makes some
docs/conventions.md not: names commands only
docs/families.md not: validate takes minutes; published_biases_are_reproduced has a part of it
docs/insar.md not: needs measured scenes and hours of training; interferograms_from_the_program has the commands on small fields
docs/judging.md not: 1,024 simulations; evaluate_agrees_with_numpy, evaluate_finds_copies, evaluate_judges_by_a_network have the commands
docs/mnist-sdf.md not: needs the files of MNIST; digits_from_the_program makes such files
docs/model-ns2d.md not: hundreds of simulations; others_draw_our_fields draws from the model
docs/ns3d.md not: hours of simulation and training; vector_fields_are_learnt_without_divergence is small
docs/octaves.md not: hours of training; a_cascade_is_one_file and a_cascade_draws_the_small_scales_of_given_fields are small
docs/performance.md not: benchmarks of minutes; bench_measures_every_type has each
docs/planning.md not: plans of large runs; a_plan_is_what_a_run_takes has small ones
docs/points.md not: needs places of one's own; stations_from_the_program makes some
docs/posteriors.md not: 24 truths; posteriors_from_the_program and calibration_from_the_program are small
docs/rooms.md not: names commands only
examples/README.md not: needs a network of the Python library; others have its file
LIST
# PETSc's own; of a model's law; of vector fields; of -likelihood; of -coarse
known="-help -log_view -ts_rtol -ts_atol sample:-insar_looks calibrate:-denoiser_resolve sample:-denoiser_resolve evaluate:-model"

find "$source/README.md" "$source/docs" "$source/examples/README.md" "$source/jobs/README.md" -name '*.md' ! -name CHANGELOG.md >files
while read -r file; do # page command option...
  sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' "$file" | grep -oE '(^|^    |`)(mpirun -n [0-9]+ )?karhunen +[a-z]+ [^`]*' |
    sed -e 's/^[ `]*//; s/^mpirun -n [0-9]* //; s/^karhunen plan \([a-z]\)/karhunen \1/; s/ -plan_[a-z]* [^ ]*//g; s/ #.*//; s/[;|&>].*//' | awk -v page="${file#"$source"/}" '{
      line = page " " $2; for (i = 3; i <= NF; i++) if ($i ~ /^-[a-z][a-z0-9_]+,?$/) { sub(/,$/, "", $i); line = line " " $i } print line }'
done <files >commands
[ "$(wc -l <commands)" -ge 100 ] || wrong "only $(wc -l <commands) commands are found"
for command in $(awk '{ print $2 }' commands | sort -u); do
  help=$build/manual/help/karhunen-$command
  [ -e "$help" ] || { run 1 "$command" -help all && help=../out; }
  sed -n 's/^  \(-[^ ]*\) .*/\1/p' "$help" >options
  [ "$(wc -l <options)" -ge 4 ] || continue # a word of a sentence
  awk -v command="$command" -v known=" $known " 'NR == FNR { has[$1]; next }
    $2 == command { for (i = 3; i <= NF; i++) if (!($i in has) && !index(known, " " $i " ") && !index(known, " " command ":" $i " ")) print $1 ": " command " " $i }' options commands >lost
  [ ! -s lost ] || wrong "no such option: $(cat lost)"
done
for page in $(awk '{ print $1 }' commands | sort -u); do
  line=$(grep "^$page " ../pages) || wrong "$page has commands, and no test nor reason for that"
  for test in $(echo "$line" | grep -oE '[a-z]+(_[a-z0-9]+){2,}'); do
    ls "$source/tests/$test".* >/dev/null 2>&1 || wrong "$page: there is no test $test"
  done
done
finish
