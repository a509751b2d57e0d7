#!/bin/sh
# bits.sh SOURCE BUILD [TRIALS [SEED]]: one bit, at a random place, is turned in a data set, a model, a training's state or the part of a killed run.
# karhunen verify must find it in a file with a name; -resume must not keep a sample of a part whose numbers or sum have changed.
. "$1/tests/program.sh"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp" # Open MPI's own files
exec /usr/bin/python3 "$source/tests/faults/bits.py" "$build/karhunen" "${3:-500}" "${4:-1}" "$folder"
