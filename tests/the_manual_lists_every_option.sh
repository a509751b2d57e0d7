#!/bin/sh
# Man pages and completion have every command, every option and every choice that -help has, are well formed, and are installed; -help all
# has the options of every type, each with the choices that bring it.
. "$1/tests/program.sh"

manual=$build/manual
if [ ! -e "$manual/man1/karhunen.1" ]; then # not built here
  sh "$source/cmake/manual.sh" "$folder/manual" 2026-01-01 "$build/karhunen" "$build/karhunen-bench" || wrong "it is not made"
  manual=$folder/manual
fi

# -help all: more than -help, and right about who brings what
works 1 sample -help all
grep -q '^  -sde_sigma_max .*, with -sde_type ve$' ../out || wrong "no -sde_sigma_max of ve"
grep -q '^  -cov_tau .*, with -cov_type matern, laplace$' ../out || wrong "-cov_tau is that of matern and laplace"
grep -q '^  -sampler_churn .*, with -sampler_type heun$' ../out || wrong "no -sampler_churn of heun"
grep -q '^  -samples .*\]$' ../out || wrong "-samples needs nothing"
grep -h '(one of: [^)]*$' "$manual"/help/* >cut
[ ! -s cut ] || wrong "a line of -help is cut off: $(cat cut)"
[ -z "$(sed -n 's/^  \(-[^ ]*\) .*/\1/p' ../out | sort | uniq -d)" ] || wrong "an option is there twice"
cmp -s ../out "$manual/help/karhunen-sample" || wrong "the page of sample is made from another text"
works 1 generate -generator_type navierstokes -help
awk '!/^  -/ { next } NR == FNR { has[$1]; next } !($1 in has) { print $1 }' "$manual/help/karhunen-generate" ../out >lost
[ ! -s lost ] || wrong "-help all lacks $(cat lost)"
works 1 -help # the list of commands

# every name that the source reads as an option is in the help of some command
cat "$manual"/help/* | sed -n 's/^  -\([^ ]*\) .*/\1/p' | sort -u >helped
find "$source/src" -name '*.c' -exec cat {} + | tr '\n' ' ' | grep -oE 'KarOptions[A-Za-z0-9]+\( *[^,;)]+, *"[a-z_0-9]+"' |
  sed -E 's/.*\( *([^,]+), *"([a-z_0-9]+)"/\1 \2/' | sort -u | awk 'NR == FNR { has[$1]; next }
    $1 == "NULL" || $1 ~ /^"/ { gsub(/"/, "", $1); name = ($1 == "NULL" ? "" : $1) $2; if (!(name in has)) print "-" name; next }
    { found = 0; for (h in has) if (h ~ "(^|_)" $2 "$") found = 1; if (!found) print "-..." $2 }' helped - >lost
[ "$(wc -l <helped)" -ge 300 ] && [ ! -s lost ] || wrong "no -help all lists $(cat lost)"

# every command has a page, with every option and every choice
page() { # as it is read, on one line
  if command -v mandoc >/dev/null; then mandoc -Tascii "$1"; else MANWIDTH=100 man -l -P cat --nh --nj "$1" 2>/dev/null; fi | sed 's/.\x08//g' | tr -s ' \n' '  '
}
sed -n '/^  [a-z]* .*/s/^  \([a-z]*\) .*/\1/p' ../out | grep -v '^karhunen$' >commands
[ "$(wc -l <commands)" -ge 11 ] || wrong "commands: $(cat commands)"
for name in karhunen-bench $(sed 's/^/karhunen-/' commands); do
  text=$manual/help/$name one=$manual/man1/$name.1
  grep -q "^\.TP" "$one" || wrong "no page of $name"
  page "$one" >read
  sed -n -e 's/^  \(-[^ ]*\) .*/\1/p' -e 's/^                                 \([^ ]*\) .*/\1/p' "$text" >words
  awk 'NR == FNR { for (i = 1; i <= NF; i++) has[$i]; next } !($1 in has)' read words >lost
  [ ! -s lost ] && [ -s words ] || wrong "$name.1 lacks $(cat lost)"
  if command -v mandoc >/dev/null; then mandoc -Tlint "$one" || wrong "$name.1 is malformed"; fi
  if ! command -v mandoc >/dev/null && man --warnings -l "$one" 2>&1 >/dev/null | grep .; then wrong "man warns of $name.1"; fi
  command=${name#karhunen-}
  [ "$command" = bench ] || grep -qF "karhunen\\-$command " "$manual/man1/karhunen.1" || wrong "karhunen.1 does not name $command"
done

# completion, as bash calls it
cat >complete.bash <<'END'
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
[[ $(complete -p "$1") == *"-F _karhunen "* ]] && _karhunen && echo "${COMPREPLY[*]}"
END
completes() { # EXPECTED WORD...
  expected=$1
  shift
  got=$(bash complete.bash "$manual/completions/karhunen" "$@")
  [ "$got" = "$expected" ] || wrong "$* completes to '$got', not to '$expected'"
}
touch fields.h5
completes sample karhunen sam
completes "validate" karhunen va
completes -sampler_type karhunen sample -sampler_ty
completes "heun" karhunen sample -sampler_type he
completes "true false" karhunen sample -overwrite ""
completes fields.h5 karhunen render fi
completes fields.h5 karhunen sample -model fi
completes posterior karhunen help po
completes -help karhunen render -hel
completes all karhunen render -help ""
completes -bench_type karhunen-bench -bench_t
all=" $(bash complete.bash "$manual/completions/karhunen" karhunen train -) "
for option in $(sed -n 's/^  \(-[^ ]*\) .*/\1/p' "$manual/help/karhunen-train"); do
  case $all in *" $option "*) ;; *) wrong "completion lacks $option" ;; esac
done

# installed
if [ "$manual" = "$build/manual" ]; then
  cmake --install "$build" --prefix "$folder/prefix" >/dev/null || wrong "it does not install"
  for file in man/man1/karhunen.1 man/man1/karhunen-sample.1 bash-completion/completions/karhunen bash-completion/completions/karhunen-bench; do
    [ -e "$folder/prefix/share/$file" ] || wrong "share/$file is not installed"
  done
fi
finish
