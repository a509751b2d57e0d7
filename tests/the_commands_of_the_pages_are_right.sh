#!/bin/sh
# Every option of every karhunen command in the pages is one of that command; and each page with commands stands in the list below, with the
# test that runs them, or why none does.
. "$1/tests/program.sh"
cat >../pages <<'LIST'
README.md runs: the_tour_of_the_readme_runs
docs/your-data.md runs: the_page_on_your_data_runs
docs/paths.md runs: bridges_from_the_program
docs/bridges.md runs: the_commands_of_the_pages_run
docs/choosing.md runs: the_commands_of_the_pages_run, but for validate, which takes minutes; published_biases_are_reproduced has a part of it
docs/conditions.md runs: the_commands_of_the_pages_run, but for data with numbers and maps; a_model_is_told_numbers_and_maps makes some
docs/conventions.md not: names commands only
docs/families.md runs: the_commands_of_the_pages_run, but for validate, which takes minutes; published_biases_are_reproduced has a part of it
docs/getting-started.md runs: the_commands_of_the_pages_run
docs/clusters.md runs: the_commands_of_the_pages_run
docs/insar.md runs: the_commands_of_the_pages_run, but for measured scenes; interferograms_from_the_program makes some
docs/judging.md runs: the_commands_of_the_pages_run
docs/mnist-sdf.md runs: the_commands_of_the_pages_run, but for the files of MNIST; digits_from_the_program makes such files
docs/model-ns2d.md runs: the_commands_of_the_pages_run
docs/ns3d.md runs: the_commands_of_the_pages_run
docs/octaves.md runs: the_commands_of_the_pages_run
docs/performance.md runs: the_commands_of_the_pages_run
docs/planning.md runs: the_commands_of_the_pages_run
docs/points.md runs: the_commands_of_the_pages_run, but for values at stations; values_at_places_from_the_program makes some
docs/posteriors.md runs: the_commands_of_the_pages_run, but for 24 truths; calibration_from_the_program has fewer
docs/turbulence.md runs: the_commands_of_the_pages_run
docs/rooms.md not: names commands only
examples/README.md not: needs a network of the Python library; others have its file
LIST
# PETSc's own; of a model's law; of vector fields; of -likelihood; of -coarse
known="-help -log_view -ts_rtol -ts_atol sample:-insar_looks calibrate:-denoiser_resolve sample:-denoiser_resolve evaluate:-model"

find "$source/README.md" "$source/docs" "$source/examples/README.md" "$source/jobs/README.md" -name '*.md' ! -name CHANGELOG.md >files
while read -r file; do # page command option...
  sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' "$file" | grep -oE '(^|^    |`)(mpirun -n [0-9]+ )?karhunen +[a-z]+ [^`]*' |
    sed -e 's/^[ `]*//; s/^mpirun -n [0-9]* //; s/^karhunen plan \([a-z]\)/karhunen \1/; s/ -plan_[a-z]* [^ ]*//g; s/ #.*//; s/[;|&>].*//' | awk -v page="${file#"$source"/}" '{
      line = page " " $2; for (i = 3; i <= NF; i++) if ($i ~ /^-[a-z][a-z0-9_]+,?$/) { sub(/,$/, "", $i); sub(/^-level[0-9]_/, "-", $i); line = line " " $i } print line }'
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
