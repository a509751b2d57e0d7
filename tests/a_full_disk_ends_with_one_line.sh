#!/bin/sh
# A disk that fills in the midst of generate, sample or train, on 1 to 4 ranks: one line, exit status 1, no rank left behind, no file torn; what was
# whole is kept.  tests/faults/full_disk.sh with 60 trials is the long form.
exec sh "$1/tests/faults/full_disk.sh" "$1" "$2" 6 5
