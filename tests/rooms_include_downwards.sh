#!/bin/sh
# Includes go down the levels of docs/rooms.md; private headers stay at home; only the program knows PETSC_COMM_WORLD.
cd "$(dirname "$0")/.." || exit 1
awk '
BEGIN {
  n = split("sys grid fft io covariance nn stats data sde observe score train sampler cli", name)
  split("0 1 2 2 3 3 3 4 4 4 5 6 6 7", level)
  for (i = 1; i <= n; i++) up[name[i]] = level[i]
  up["random"] = 0
}
function wrong(why) { printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0; bad = 1 }
FNR == 1 { split(FILENAME, path, "/"); room = path[1] == "src" ? path[2] : path[3]; sub(/\.h$/, "", room); top = FILENAME == "src/karhunen.c" }
FNR == 1 && !top && !(room in up) { wrong("a room without a level") }
/^ *# *include/ {
  split($0, part, /[<>"]/); to = file = part[2]; gsub(/^karhunen\/|\.h$|impl\.h$/, "", to)
  if (file ~ /^karhunen\// && !top && (!(to in up) || up[to] > up[room] || (up[to] == up[room] && to != room && up[room]))) wrong("not downwards")
  if (file == "karhunen.h" && room != "cli") wrong("everything at once")
  if (file !~ /^petsc\// && (file ~ /impl\.h$/ && to != room || file ~ /\// && /"/)) wrong("a private header of another room")
  if (file ~ /^petsc\/private\// && !(file ~ /tsimpl\.h$/ && room == "sampler")) wrong("a private header of PETSc")
}
/PETSC_COMM_WORLD|MPI_COMM_WORLD/ && room != "cli" && FILENAME !~ /^src\/sys\/(options|initialize)\.c$/ { wrong("names the world") }
END { exit bad }
' $(find src include/karhunen -name '*.[ch]')
