#!/bin/sh
# One field has no error: evaluate prints "?" for it, its ratio's and z, and null in the JSON; two fields have numbers.  An option that is given with two
# values is told, and the last holds; a name that stands twice in a file of options, and a second such file, are refused.
. "$1/tests/program.sh"
works 1 generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4 -samples 6 -out data.h5
for n in 1 2; do
  works 1 sample -score_type gaussian -grid_n 8,8 -samples $n -out draws$n.h5
  works $n evaluate -data data.h5 -samples draws$n.h5 -out report$n
  cp ../out said$n
done
for row in ' 1' ' variance' ' kurtosis'; do
  grep -Eq "^ $row .* [+]- [0-9.e-]+ .* [+]- [?] .* [+]- [?] +[?]$" said1 || wrong "row$row of one field: $(grep "^ $row " said1)"
  grep -Eq "^ $row .* [+]- [0-9.e-]+ .* [+]- [0-9.e-]+ .* [+]- [0-9.]+ +[+-][0-9.]+$" said2 || wrong "row$row of two fields: $(grep "^ $row " said2)"
done
grep -q 'One field tells no error' said1 || wrong "nothing is said of one field"
! grep -Eq '[?]|One field tells' said2 || wrong "two fields: $(grep '[?]' said2)"
grep -Eq '"samples_error":[[:space:]]*null' report1.json && grep -Eq '"z":[[:space:]]*null' report1.json || wrong "an error of one field in the JSON"
! grep -Eq '"(reference_error|mean)":[[:space:]]*null' report1.json || wrong "what is known is null"
! grep -q null report2.json || wrong "null of two fields"

# A reference of one field has no halves, and halves of one field tell no error of the control.
for n in 1 2 4; do
  works 1 evaluate -data data.h5 -samples data.h5 -fields $n -out r$n
  cp ../out said$n
done
grep -Eq '^  [|]grad[|].2, median .* [+]- [?] +[?] +[+]- [?] ' said1 || wrong "control of one field: $(grep 'median' said1)"
grep -Eq '^  [|]grad[|].2, median .* [+]- [0-9.]+ +[0-9.]+ [+]- [?] ' said2 || wrong "control of two fields: $(grep 'median' said2)"
grep -Eq '^  [|]grad[|].2, median .* [+]- [0-9.]+ +[0-9.]+ [+]- [0-9.]+ ' said4 || wrong "control of four fields: $(grep 'median' said4)"
grep -Eq '^  one-point values, in standard deviations +[0-9.]+ +[?] *$' said1 || wrong "halves of one field: $(grep '^  one-point values' said1)"
grep -Eq '^  one-point values, in standard deviations +[0-9.]+ +[0-9.]+$' said2 || wrong "halves of two fields: $(grep '^  one-point values' said2)"
grep -Eq '"control_auc":[[:space:]]*null' r1.json && grep -Eq '"halves_of_reference":[[:space:]]*null' r1.json || wrong "halves of one field in the JSON"
! grep -Eq '"(control_auc|halves_of_reference)":[[:space:]]*null' r2.json || wrong "halves of two fields are null"
! grep -q null r4.json || wrong "null of four fields"

# The variance of a covariance is that of every point in a periodic box, and the mean over the points in the cosine basis.
works 1 sample -score_type gaussian -grid_n 8,8 -grid_basis cosine -samples 1 -out cosine.h5
grep -q '^data covariance.*variance on the mean of its points 1$' ../out || wrong "cosine: $(grep variance ../out)"
works 1 sample -score_type gaussian -grid_n 8,8 -samples 1 -out periodic.h5
grep -q '^data covariance.*pointwise variance 1$' ../out || wrong "periodic: $(grep variance ../out)"

draw="sample -score_type gaussian -grid_n 8,8"
# shellcheck disable=SC2086
works 2 $draw -samples 2 -seed 5 -samples 3 -seed 5 -out x.h5
grep -q '^note: -samples is given as 2 and as 3: the last is taken$' ../out || wrong "two values are not told: $(cat ../out)"
[ "$(grep -c '^note: .* is given as' ../out)" = 1 ] || wrong "one value that is given twice is told as two"
grep -q 'wrote x.h5: 3 samples' ../out || wrong "the last value does not hold"
printf 'samples: 2\ngrid_n: 8,8\nsamples: 3\n' >twice.yaml
printf -- '-samples 2\n-seed 1\n-seed 2\n' >twice.opts
printf 'samples: 4\n' >once.yaml
for ranks in 1 2; do
  refused $ranks 'twice.yaml: samples is there twice' sample -score_type gaussian -options_file twice.yaml -out y.h5
  # shellcheck disable=SC2086
  refused $ranks 'twice.opts: -seed is there twice' $draw -options_file twice.opts -out y.h5
  # shellcheck disable=SC2086
  refused $ranks 'options_file: given 2 times' $draw -options_file once.yaml -options_file once.yaml -out y.h5
done
# shellcheck disable=SC2086
works 1 $draw -samples 2 -options_file once.yaml -out y.h5 # the command line has the last word over a file
grep -q 'wrote y.h5: 2 samples' ../out || wrong "$(tail -1 ../out)"
finish
