#!/bin/sh
# The table of docs/howto-add.md is true: for each class, a copy of the file it names and one line in the file it names, nothing else, make a new
# type, which its option finds and its help lists; no other file of the library knows the create routines or lists the names.
. "$1/tests/program.sh"

flags=$build/CMakeFiles/karhunen.dir/flags.make link=$build/CMakeFiles/karhunen-cli.dir/link.txt
[ -f "$flags" ] && [ -f "$link" ] || exit 77 # not made by make
include=$(sed -n 's/^C_INCLUDES = //p' "$flags") options=$(sed -n 's/^C_FLAGS = //p' "$flags" | sed 's/-O[0-9]/-O0/')
libraries=$(sed 's/.* -o karhunen //' "$link")

# | class | `file to copy` | `file of the table` | `-option` | `create routine` |
sed -n 's/^| *\([a-z]*\) *| *`\(src[^`]*\)` *| *`\(src[^`]*\)` *| *`-\([^`]*\)` *| *`\([^`]*\)`.*/\1 \2 \3 \4 \5/p' "$source/docs/howto-add.md" >rows
[ "$(wc -l <rows)" -ge 8 ] || wrong "the table has too few rows: $(cat rows)"

chosen=
while read -r class model table option create; do
  # the file, and the line
  sed -E 's/\b(Kar[A-Za-z]+Create_|TSCreate_Kar)([A-Za-z]+)/\1My\2/g' "$source/$model" >"$class.c"
  mine=$(echo "$create" | sed -E 's/(Create_|TSCreate_Kar)/\1My/')
  grep -q "^PetscErrorCode $mine(" "$class.c" || wrong "$model has no $create()"
  if [ "$model" = "$table" ]; then # a function beside the others
    sed -n "/^PetscErrorCode $mine(/,/^}/p" "$class.c" | cat "$source/$table" - >"$class.table.c"
    rm "$class.c"
  else
    cp "$source/$table" "$class.table.c"
    for other in $(sed -n 's/^PetscErrorCode \([A-Za-z]*\)(.*/\1/p' "$class.c"); do sed -i "s/\b$other\b/${other}My/g" "$class.c"; done
  fi
  sed -i "s/^#define [A-Z]*(TYPE).*/&\n  TYPE(\"my\", \"of my own\", $mine) \\\\/" "$class.table.c"
  [ "$(diff "$source/$table" "$class.table.c" | grep -c "TYPE(\"my\"")" = 1 ] || wrong "$table has no list of types"
  chosen="$chosen -$option my"

  # nowhere else
  grep -oE "$(echo "$create" | sed -E 's/(Create_|TSCreate_Kar).*/\1/')[A-Za-z]+\b" "$source/$table" | sort -u >creates
  while read -r routine; do
    n=$(cd "$source" && grep -rlw "$routine" src include | wc -l)
    [ "$n" -le 2 ] || wrong "$routine is in $n files"
  done <creates
  (cd "$source" && cat include/karhunen/*.h "$table") | awk '
    /^#define KAR/ && $3 ~ /^"/ { name[$2] = $3 }
    /^  TYPE\(/ { sub(/^ *TYPE\(/, ""); sub(/,.*/, ""); print $0 in name ? name[$0] : $0; }' | tr -d '"' >names
  grep -q '^[a-z]*$' names || wrong "no names in $table: $(cat names)"
  (cd "$source" && find src include -name '*.[ch]' ! -path "src/cli/*") | while read -r file; do
    awk -v file="$file" 'NR == FNR { name[$1]; next }
      /"/ && !/TYPE\(/ {
        n = split($0, part, "\""); listed = 0
        for (i = 2; i <= n; i += 2)
          for (w in name) if (part[i] == w || part[i] ~ "(^|[^a-z_])" w ",") listed++
        if (listed > 1) { print file ": " $0; exit }
      }' names "$source/$file"
  done >lists
  [ ! -s lists ] || wrong "the names of a $class are listed again: $(cat lists)"
done <rows

cat >probe.c <<'END'
#include <karhunen.h>
#include <karhunen/net.h>
#include <karhunen/observe.h>

static PetscErrorCode Run(MPI_Comm comm)
{
  const PetscInt n[] = {16, 16};
  PetscViewer    out = PETSC_VIEWER_STDOUT_WORLD;
  KarGrid        grid;
  KarFFT         fft;
  KarCov         cov;
  KarSDE         sde;
  KarScore       score;
  KarControl     control;
  KarCost        cost;
  TS             ts;
  KarGenerator   law;
  KarObservation obs;
  KarTrainer     trainer;
  KarNet         net;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetFromOptions(cov));
  PetscCall(KarCovView(cov, out));
  PetscCall(KarSDECreate(cov, &sde));
  PetscCall(KarSDESetFromOptions(sde));
  PetscCall(KarSDEView(sde, out));
  PetscCall(KarScoreCreate(sde, &score));
  PetscCall(KarScoreSetFromOptions(score));
  PetscCall(KarScoreView(score, out));
  PetscCall(KarControlCreate(sde, &control));
  PetscCall(KarControlSetFromOptions(control));
  PetscCall(KarControlView(control, out));
  PetscCall(KarCostCreate(fft, &cost));
  PetscCall(KarCostSetFromOptions(cost));
  PetscCall(KarCostView(cost, out));
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetFromOptions(ts));
  PetscCall(KarSamplerView(ts, out));
  PetscCall(KarGeneratorCreate(comm, &law));
  PetscCall(KarGeneratorSetFromOptions(law));
  PetscCall(KarGeneratorView(law, out));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetFromOptions(obs));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarNetCreate(comm, &net));
  PetscCall(KarNetSetGrid(net, &info));
  PetscCall(KarNetSetFromOptions(net));
  PetscCall(KarNetSetUp(net));
  PetscCall(KarNetView(net, out));
  PetscCall(KarTrainerCreate(comm, &trainer));
  PetscCall(KarTrainerSetFromOptions(trainer));
  if (KarOptionsHelping()) PetscCall(KarOptionsPrintHelp(comm));
  else PetscCall(KarOptionsCheck(comm));
  PetscCall(KarTrainerDestroy(&trainer));
  PetscCall(KarNetDestroy(&net));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarGeneratorDestroy(&law));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarCostDestroy(&cost));
  PetscCall(KarControlDestroy(&control));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KarInitialize(&argc, &argv);

  if (!code) code = Run(PETSC_COMM_WORLD);
  return KarFinish(code);
}
END
for file in *.c; do
  room=$(awk -v class="${file%%.*}" '$1 == class { split($3, p, "/"); print p[2] }' rows)
  eval "mpicc -w $options $include -I'$source/src/$room' -c $file -o $file.o" || wrong "$file does not compile"
done
here=$PWD
(cd "$build" && eval "mpicc $options $here/*.o -o $here/probe $libraries") || wrong "it does not link"
[ -x probe ] || finish
# shellcheck disable=SC2086
sh "$source/tests/mpi.sh" 1 ./probe $chosen >../out 2>../err || wrong "the new types do not work: $(cat ../err)"
for text in 'covariance my' 'process my' 'score my' 'control my' 'cost my' 'sampler my' 'generator my' 'network my'; do
  grep -q "^$text" ../out || wrong "no '$text' in: $(cat ../out)"
done
sh "$source/tests/mpi.sh" 1 ./probe -help >../out 2>../err || wrong "-help fails: $(cat ../err)"
while read -r class model table option create; do
  grep -A1 -E "^  -$option +[a-z]+, a type of these" ../out | grep -q '^ *my ' || wrong "-help lists no new $class: $(grep -A1 -e "-$option " ../out)"
  sh "$source/tests/mpi.sh" 1 ./probe "-$option" other >../out2 2>../err </dev/null && wrong "-$option other passes"
  grep -Eq "karhunen: error: -$option other: no such .*; there are my, " ../err || wrong "the error does not list the new $class: $(cat ../err)"
done <rows
finish
