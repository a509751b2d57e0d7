#!/bin/sh
# Files that were changed, cut, overwritten or lengthened are refused in one line or give the right numbers.  tests/faults/mutate.sh with 2000 trials is
# the long form.
exec sh "$1/tests/faults/mutate.sh" "$1" "$2" 40 2
