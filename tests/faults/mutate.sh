#!/bin/sh
# mutate.sh SOURCE BUILD [TRIALS [SEED]]: files that were changed, cut, overwritten in blocks or lengthened, ours and those of h5py: karhunen observe
# must refuse each in one line, or give the numbers that the whole file has or, of a file of h5py's, those that h5py reads of the changed one.
. "$1/tests/program.sh"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp" # Open MPI's own files
/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null || {
  echo "python3-h5py is not there"
  exit 77
}
exec /usr/bin/python3 "$source/tests/faults/mutate.py" "$build/karhunen" "${3:-2000}" "${4:-1}" "$folder"
