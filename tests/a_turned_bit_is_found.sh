#!/bin/sh
# A bit turned at a random place of a data set, a model, a state is found by verify; of a killed run's part, no sample that has changed is kept.
# tests/faults/bits.sh with 500 trials is the long form.
exec sh "$1/tests/faults/bits.sh" "$1" "$2" 30 1
