#!/bin/sh
# Files of src have at most 400 lines, public headers 80; no line of C has more than 120 columns; the formatter changes nothing.
cd "$(dirname "$0")/.." || exit 1
bad=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
say() { echo "$1"; bad=1; }
for f in $(find src -name '*.[ch]'); do
  n=$(wc -l <"$f")
  [ "$n" -le 400 ] || say "$f has $n lines, 400 are enough: divide it by meaning"
done
for f in $(find include -name '*.h'); do
  n=$(wc -l <"$f")
  [ "$n" -le 80 ] || say "$f has $n lines, 80 are enough: divide it by subject"
done
files=$(find src include tests examples jobs -name '*.[ch]')
wide=$(awk 'length > 120 { print FILENAME ":" FNR ": " length " columns, 120 are enough" }' $files)
[ -z "$wide" ] || say "$wide"
if command -v clang-format >/dev/null; then
  clang-format --dry-run -Werror $files 2>"$folder/format" || say "$(grep error: "$folder/format" | head -5); run clang-format -i"
else
  echo "NOT CHECKED: the format of the code, as there is no clang-format"
fi
# Functions, by room: at most 60 lines, 45 at the ninth decile.  The table is printed for those who want to see it.
find src -name '*.c' | awk '{ split($0, p, "/"); while ((getline line <$0) > 0) {
    n[p[2]]++; n[$0]++
    if (line == "{") { at = n[$0] }
    if (line == "}" && at) { print p[2], n[$0] - at + 1, $0 ":" at; at = 0 } } }' | sort -k1,1 -k2,2n >"$folder/lengths"
long=$(awk '$2 > 60 { print $3 ": a function of " $2 " lines, 60 are enough: divide it by meaning" }' "$folder/lengths")
[ -z "$long" ] || say "$long"
echo "room        functions  median  ninth decile  longest   files, longest   headers, longest"
for room in $(cut -d' ' -f1 "$folder/lengths" | uniq); do
  files=$(find "src/$room" -name '*.[ch]' -exec wc -l {} \; | sort -n | awk '{ n++; l = $1 } END { print n, l }')
  heads=$(find "src/$room" -name '*.h' -exec wc -l {} \; | sort -n | awk '{ n++; l = $1 } END { print n + 0, l + 0 }')
  awk -v room="$room" -v files="$files" -v heads="$heads" '$1 == room { l[++n] = $2 } END { split(files, f); split(heads, h)
    printf "%-12s %8d %7d %13d %8d %6d, %6d %8d, %6d\n", room, n, l[int((n + 1) / 2)], l[int((9 * n + 9) / 10)], l[n], f[1], f[2], h[1], h[2]; exit l[int((9 * n + 9) / 10)] > 45 }' "$folder/lengths" ||
    say "src/$room: one function in ten has more than 45 lines"
done
echo "public headers: $(ls include/karhunen/*.h include/karhunen/impl/*.h | wc -l), the longest of $(wc -l include/karhunen/*.h include/karhunen/impl/*.h | grep -v total | sort -n | tail -1 | awk '{ print $1 }') lines"
exit $bad
