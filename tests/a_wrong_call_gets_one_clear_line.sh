#!/bin/sh
# What a user can get wrong is refused before work starts: one line, non-zero exit, no file left, no hang, on 1 and 2 ranks.
. "$1/tests/program.sh"

for n in 1 2; do
  refused $n 'no command'
  refused $n 'frobnicate: no such command' frobnicate
  refused $n 'no command' -seed 1
done
works 1 -help
grep -q 'karhunen COMMAND' ../out || wrong "-help does not say how it is called"
finish
