#!/bin/sh
# generate, sample, posterior and train that are killed at random moments end, with -resume, in the bits of a run that was left alone:
# tests/faults/kill_resume.sh with 200 trials is the long form.
exec sh "$1/tests/faults/kill_resume.sh" "$1" "$2" 3 2
