#!/bin/sh
# docs/README.md has a line for every page of docs/, README.md leads to it, every link of every page leads to a file, and every file of the
# repository that a page names is there (NAME and the_claim stand for files that a reader makes).
cd "$(dirname "$0")/.." || exit 1
bad=0
wrong() {
  bad=1
  echo "not so: $*"
}
for page in docs/*.md docs/*.bib; do
  name=${page#docs/}
  [ "$name" = README.md ] || grep -qF "]($name)" docs/README.md || wrong "docs/README.md does not link $name"
done
grep -qF '](docs/README.md)' README.md || wrong "README.md does not link docs/README.md"
for page in README.md docs/*.md jobs/README.md examples/README.md; do
  folder=$(dirname "$page")
  for link in $(grep -o '\](\([^)#: ]*\)' "$page" | sed 's/^](//' | sort -u); do
    [ -e "$folder/$link" ] || wrong "$page links $link, which is not there"
  done
  for file in $(grep -oE '(src|include/karhunen|tests|jobs|examples|packaging)/[A-Za-z0-9_/.-]+[.](c|h|sh|py|h5|yaml|sbatch|pbs)' "$page" | sort -u); do
    case $file in *NAME* | *the_claim*) continue ;; esac
    [ -e "$file" ] || wrong "$page names $file, which is not there"
  done
done
exit $bad
