#!/bin/sh
# Every block of docs/your-data.md runs, in the order of the page, and prints the lines that the page shows.
. "$1/tests/program.sh"
needs_python numpy xarray netCDF4
awk -v folder=.. '/^```(sh|python)$/ { n++; file = sprintf("%s/block%02d.%s", folder, n, substr($0, 4)); on = 1; next } /^```$/ { on = 0 } on { print > file } /^    read / { print substr($0, 5) > (folder "/shown") }' "$source/docs/your-data.md"
PATH=$build:$PATH
for block in ../block*; do
  case $block in
    *.py*) timeout 120 $python "$block" >>../all 2>&1 </dev/null || wrong "$block: $(tail -3 ../all)" ;;
    *) timeout 300 sh -e "$block" >>../all 2>../err </dev/null || wrong "$block: $(tail -3 ../err)" ;;
  esac
done
[ "$(ls ../block* | wc -l)" -ge 6 ] || wrong "the page has lost its blocks"
while read -r line; do grep -Fq "$line" ../all || wrong "no line '$line'"; done <../shown
[ -s draws.png ] && [ -s report.json ] && [ -s circular.json ] || wrong "no picture, no reports"
finish
