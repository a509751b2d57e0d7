#!/bin/sh
# Whoever is cited with a year in the comments of the sources stands with that year in docs/references.bib; sections of
# docs/mathematics.md that sources name are there.
cd "$(dirname "$0")/.." || exit 1
bad=0
wrong() {
  bad=1
  echo "not so: $*"
}
works=$(awk '/^@/ { a = "" } /author = / { a = $0 } /year = / { gsub(/[^0-9]/, ""); print $0 a }' docs/references.bib | tr -d '{}\\')
cited=$(find src include -name '*.[ch]' -exec cat {} + | tr -s ' \n' '  ' |
  grep -oE "[A-Z][a-z]+[A-Za-z-]*('s)?( and [A-Z][a-z]+|, [A-Z][a-z]+( [A-Z][a-z]+)?)*,? \(?(19|20)[0-9]{2}[ ;:,.)]" | sort -u)
[ "$(echo "$cited" | wc -l)" -ge 25 ] || wrong "only these are cited: $cited"
echo "$cited" | {
  while read -r work; do
    year=$(echo "$work" | grep -oE '(19|20)[0-9]{2}')
    name=$(echo "$work" | sed "s/^\([A-Za-z-]*\).*/\1/; s/-.*//")
    echo "$works" | grep -q "^$year.*$name" || wrong "$work: nobody of that name and year is in docs/references.bib"
  done
  exit $bad
} || bad=1
for section in $(grep -rhoE 'mathematics\.md §[0-9]+' src include | sed 's/.*§//' | sort -u); do
  grep -q "^## $section\. " docs/mathematics.md || wrong "docs/mathematics.md has no section $section"
done
exit $bad
