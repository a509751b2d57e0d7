#!/bin/sh
# The walks of docs/rooms.md have ten lines each, name no file twice, and each file that they name defines the routine beside it.
cd "$(dirname "$0")/.." || exit 1
awk '
function wrong(why) { print "not so: " why ": " $0; bad = 1 }
function over() { if (walk && lines != 10) { print "not so: " lines " lines, not 10: " walk; bad = 1 } }
/^## / { on = $0 == "## The walk" }
!on { next }
/^### / { over(); walk = $0; lines = 0; walks++; split("", seen) }
/^[0-9]+\. / {
  lines++
  if (!match($0, /`src\/[^`]*\.c` \(`[A-Za-z0-9_]*\(\)`\)/)) wrong("no file with its routine")
  rest = $0
  while (match(rest, /`src\/[^`]*\.c` \(`[A-Za-z0-9_]*\(\)`\)/)) {
    split(substr(rest, RSTART, RLENGTH), part, "`")
    rest = substr(rest, RSTART + RLENGTH)
    file = part[2]; name = part[4]; sub(/\(\)/, "", name)
    if (file in seen) wrong("named twice, " file)
    seen[file] = 1
    found = 0
    while ((getline line < file) > 0) if (line ~ "^[A-Za-z].*[ *]" name "\\(" && line !~ /;$/) found = 1
    close(file)
    if (!found) wrong("no " name "() in " file)
  }
}
END { over(); if (walks != 3) { print "not so: " walks " walks, not 3"; bad = 1 } exit bad }
' docs/rooms.md
