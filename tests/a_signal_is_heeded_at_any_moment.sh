#!/bin/sh
# Signals at random moments of generate, sample, train, validate and calibrate: the run ends within seconds and says
# so, what has its name is whole.  tests/faults/signals.sh with 60 trials is the long form.
exec sh "$1/tests/faults/signals.sh" "$1" "$2" 3 3
