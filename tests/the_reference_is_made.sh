#!/bin/sh
# Every public routine has a comment, its own or that of the routines it stands with; Doxygen makes pages of the headers without a warning.
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=$(cd "$here/include/karhunen" && awk '
  FNR == 1 || /^$/ { said = 0 }
  /^\/\*/ { said = 1 }
  /^PETSC_EXTERN [^[]*\(|^(void|int|PetscReal|PetscInt|PetscBool) +kar_/ && !said { print FILENAME ": " $0 }' *.h)
[ -z "$bad" ] || { echo "without a comment: $bad"; exit 1; }
command -v doxygen >/dev/null || { echo "NOT CHECKED: the pages, as there is no doxygen"; exit 77; }
sed "s|@PROJECT_VERSION@|0|; s|@CMAKE_CURRENT_BINARY_DIR@|$work|; s|@CMAKE_CURRENT_SOURCE_DIR@|$here|g" "$here/cmake/Doxyfile.in" >"$work/Doxyfile"
doxygen "$work/Doxyfile" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
[ ! -s "$work/said" ] || { echo "Doxygen warns:"; head -20 "$work/said"; exit 1; }
page=$(ls "$work"/docs/html/sampler_8h.html) && grep -q KarSamplerSolve "$page" || { echo "no page of KarSamplerSolve()"; exit 1; }
