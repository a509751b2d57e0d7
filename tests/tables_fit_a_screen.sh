#!/bin/sh
# No row of a table of the pages is wider than 120 characters, links counted by their text.
cd "$(dirname "$0")/.." || exit 1
bad=0 rows=0
for page in README.md docs/*.md jobs/README.md examples/README.md; do
  rows=$((rows + $(grep -c '^|' "$page")))
  if grep -n '^|' "$page" | sed 's/](\([^)]*\))/]/g' | LC_ALL=C.UTF-8 grep -E '^[0-9]+:.{121}'; then
    echo "not so: $page has the rows above"
    bad=1
  fi
done
[ "$rows" -ge 100 ] || bad=1
exit $bad
