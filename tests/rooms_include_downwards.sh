#!/bin/sh
# Includes go down the levels of docs/rooms.md; private headers stay at home; only the program knows PETSC_COMM_WORLD.
cd "$(dirname "$0")/.." || exit 1
awk '
BEGIN {
  n = split("sys grid fft io covariance nn stats flow plot sde insar denoiser data observe score sampler train cli", name)
  split("0 1 2 2 3 3 3 3 3 4 4 5 5 5 6 7 8 9", level)
  for (i = 1; i <= n; i++) { up[name[i]] = level[i]; home[name[i]] = name[i] }
  home["random"] = home["types"] = "sys"; home["file"] = home["dataset"] = home["reading"] = home["checkpoint"] = home["parameter"] = home["impl/h5"] = "io" # further headers of a room
  home["net"] = "nn"; home["halo"] = "grid"; home["points"] = "fft"; home["pencil"] = "covariance"; home["stations"] = "io"; home["scene"] = "insar"; home["judge"] = "stats"; home["classify"] = "train"; home["nearest"] = "stats"; home["cascade"] = "sampler"; home["digits"] = home["derived"] = "data"; home["posterior"] = "score"; home["smc"] = "sampler"
  for (i = 1; i <= n; i++) home["impl/" name[i]] = name[i]
  home["impl/net"] = "nn"; home["impl/control"] = home["impl/cost"] = "score"
  home["innovation"] = "observe"; home["conditional"] = "sampler"; home["ensemble"] = "stats"; home["classify"] = "train"; home["nearest"] = "stats"
  while (("for f in include/karhunen/*.h include/karhunen/impl/*.h; do tr -s \"[:space:]\" \" \" <$f | grep -o \"header of the room [a-z]*\" | sed \"s|^|$f:|\"; done" | getline line) > 0) { # what a header says of itself
    file = line; sub(/:.*/, "", file); gsub(/^include\/karhunen\/|\.h$/, "", file); sub(/.* /, "", line); home[file] = line
  }
  for (i = 1; i < ARGC; i++) have[ARGV[i]]
}
function wrong(why) { printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0; bad = 1 }
FNR == 1 { split(FILENAME, path, "/"); file = path[3] (path[3] == "impl" ? "/" path[4] : ""); sub(/\.h$/, "", file); room = path[1] == "src" ? path[2] : home[file] }
FNR == 1 && !(room in up) && FILENAME != "src/karhunen.c" { wrong("a room without a level") }
/^ *# *include/ && room in up {
  split($0, part, /[<>"]/); file = to = part[2]; gsub(/^karhunen\/|\.h$/, "", to); own = to ~ /^impl\// && to != "impl/h5"; to = home[to]
  if (file ~ /^karhunen\// && to != room && !(to in up && up[to] < up[room])) wrong("not downwards")
  if (own && to != room) wrong("a private header of another room")
  if (/"/ && !("src/" room "/" file in have) && !("src/" room "/" path[3] "/" file in have) || file ~ /^petsc\/private\// && (room != "sampler" && room != "flow" || file !~ /tsimpl/)) wrong("not of this room")
}
/<karhunen\.h>|(PETSC|MPI)_COMM_WORLD/ && room in up && room != "cli" && FILENAME !~ /^src\/sys\/(options|initialize|types)\.c$/ { wrong("for the program only") }
END { exit bad }
' $(find src include/karhunen -name '*.[ch]')
