#!/bin/sh
# Files of src have at most 400 lines, public headers 80; no line of C has more than 120 columns; the formatter changes nothing.
cd "$(dirname "$0")/.." || exit 1
bad=0
say() { echo "$1"; bad=1; }
for f in $(find src -name '*.[ch]'); do
  n=$(wc -l <"$f")
  [ "$n" -le 400 ] || say "$f has $n lines, 400 are enough: divide it by meaning"
done
for f in $(find include -name '*.h'); do
  n=$(wc -l <"$f")
  [ "$n" -le 80 ] || say "$f has $n lines, 80 are enough: divide it by subject"
done
files=$(find src include tests examples -name '*.[ch]')
wide=$(awk 'length > 120 { print FILENAME ":" FNR ": " length " columns, 120 are enough" }' $files)
[ -z "$wide" ] || say "$wide"
if command -v clang-format >/dev/null; then
  clang-format --dry-run -Werror $files 2>/tmp/format.$$ || say "$(grep error: /tmp/format.$$ | head -5); run clang-format -i"
  rm -f /tmp/format.$$
else
  echo "NOT CHECKED: the format of the code, as there is no clang-format"
fi
exit $bad
