#!/bin/sh
# examples/two_processes.py learns a law of two classes: nearly every draw of a short training is of one class or the other, as many of each, with the
# slope of the law, and noise as smooth as the data fails, as docs/families.md says.  Seeds are fixed; the bounds
# have room for rounding on other machines, of a training a fifth as long as the page's.
. "$1/tests/program.sh"
needs_python numpy h5py
export KARHUNEN="$build/karhunen"
$python "$source/examples/two_processes.py" rough -train_steps 2000 >rough.txt 2>rough.err || wrong "rough noise: $(tail -n 1 rough.err)"
$python "$source/examples/two_processes.py" smooth -train_steps 300 -noise_cov_alpha 2 >smooth.txt 2>smooth.err || wrong "smooth noise: $(tail -n 1 smooth.err)"
# NAME COLUMN FILE: a number of the row that begins with NAME
number() { sed -n "s/^$1.* $2 \([0-9.]*\).*/\1/p" "$3"; }
within() { awk -v v="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(v != "" && v >= a && v <= b) }' || wrong "$4 is $1, not within $2 to $3"; }
within "$(number 'the law' between rough.txt)" 0 0.001 "the law between its classes"
within "$(number 'draws, -sampler_eta 1' rising rough.txt)" 0.4 0.6 "the share of rising draws"
within "$(number 'draws, -sampler_eta 1' between rough.txt)" 0 0.05 "the share between the classes"
within "$(number 'draws, -sampler_eta 1' '|slope|' rough.txt)" 0.95 1.05 "the mean of |slope|"
within "$(number 'draws, -sampler_eta 1' '+-' rough.txt)" 0.08 0.16 "the spread of |slope|"
within "$(number 'draws, -sampler_eta 1' between smooth.txt)" 0.5 1 "the share between with smooth noise"
finish
