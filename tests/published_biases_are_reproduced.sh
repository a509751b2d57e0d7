#!/bin/sh
# karhunen validate: configurations of public codes give, with exact scores, the variances that are known of them, to the digits;
# sampled variances are the samplers' own laws' (5 standard errors; 55 rows of 40 coordinates, 1 false alarm in 800 seeds, and the
# seed is fixed); the default samplers keep what they promise. Bridges, control and likelihood meet their exact numbers.
. "$1/tests/program.sh"

works 2 validate -samples 60 -out report -quiet
[ -s report.json ] && [ -s report.png ] || wrong "report.json and report.png are not there"
awk '
  # a reference in brackets follows its value
  / \(/ && /0\.|1\./ && (/annealed/ || /the same/ || /DDPM ladder/ || /EDM Heun, /) {
    for (i = 2; i <= NF; i++) if ($i ~ /^\([0-9.]+\)$/) {
      reference = substr($i, 2, length($i) - 2) + 0; digits = reference >= 10 ? 0.06 : /EDM|DDPM ladder/ ? 0.0006 : 0.006
      if ($(i - 1) - reference > digits || reference - $(i - 1) > digits) { print "not so: " $0; bad = 1 }
      compared++
    }
  }
  $1 ~ /^(vp|ve|flow|heat|ddpm)$/ { rows++; if ($(NF - 1) > 5) { print "not so: " $0; bad = 1 } }
  $1 ~ /^(vp|ve|flow|ddpm)$/ && $2 == "multistep" && $3 == 40 { if ($7 < 0.9925 || $7 > 1.0075) { print "not so: " $0; bad = 1 } }
  $1 ~ /^(vp|ve|flow|ddpm)$/ && $2 == "multistep" && $3 == "eta" { if ($9 < 0.982 || $9 > 1.018) { print "not so: " $0; bad = 1 } }
  END { if (rows != 55 || compared != 28) { print "not so: " rows " rows, " compared " reference values"; bad = 1 } exit bad }
' ../out || wrong "see above"
# Bridges, control and likelihood: exact but for the flow's steps (.02) and for particles (5 standard errors and .0002, of 50 steps); what is usual is not.
awk '
  /^Bridges, control and likelihood/ { on = 1; next }
  !on || NF < 4 { next }
  {
    rest = substr($0, 53); split(rest, w, " "); rows++
    off = w[2] - w[1]; off = off < 0 ? -off : off; size = w[1] < 0 ? -w[1] : w[1]
    room = w[3] == "+-" ? 5 * w[4] + 0.0002 : /^nats|^the same/ ? 0.02 : 2e-6 * size + 1e-12
    if (off > room) { print "not so: " $0; bad = 1 }
    usual = w[3] == "+-" ? w[5] : w[3]
    if (usual != "" && (usual - w[1]) ^ 2 <= (0.01 * size) ^ 2 && !/^nats/) { print "the usual way is not off: " $0; bad = 1 }
  }
  END { if (rows != 17) { print "not so: " rows " rows of bridges"; bad = 1 } exit bad }
' ../out || wrong "see above: bridges, control, likelihood"
finish
