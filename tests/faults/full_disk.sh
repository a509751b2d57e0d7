#!/bin/sh
# full_disk.sh SOURCE BUILD [TRIALS [SEED]]: a disk that fills at a random moment of generate, sample and train, on 1 to 4 ranks; told in one
# line a trial and one of all.  A trial is good when the run ends within a minute, not by a signal, and either says so in one error line, exit
# status 1, or has finished; and when every file that has its name is whole.  Disks are small: a tmpfs that another process fills, where
# this user may mount one, else (and every third time) a limit on the size of files.
. "$1/tests/program.sh"
trials=${3:-60}
seed=${4:-1}
patience=60
hangs=0 crashes=0 silent=0 torn=0 full=0 kept=0 disk=0
random() { # random N: drawn is one of 0 ... N - 1
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$((seed / 65536 % $1))
}
works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 4 -samples 8 -out "$folder/fields.h5"
mkdir "$folder/disk" "$folder/room"
# A file system that cannot take the space of a file beforehand, as many cannot: every second trial.
echo '#include <errno.h>
int fallocate(int fd, int mode, long at, long size) { (void)fd, (void)mode, (void)at, (void)size; errno = EOPNOTSUPP; return -1; }' >"$folder/late.c"
cc -shared -fPIC -w -o "$folder/late.so" "$folder/late.c" || exit 77
if mount -t tmpfs -o size=8m karhunen "$folder/disk" 2>/dev/null; then
  umount "$folder/disk"
  disk=1
fi
leave() {
  cd "$folder" || exit 1
  if [ "$disk" = 1 ]; then umount -l "$folder/disk" 2>/dev/null; fi
}
trap 'leave; rm -rf "$folder"' EXIT

command_of() {
  case $1 in
    0) echo generate -generator_type navierstokes -grid_n 64,64 -samples 700 -max_time 3 ;;
    1) echo sample -score_type gaussian -grid_n 64,64 -sampler_evaluations 60 -samples 1500 -max_time 3 ;;
    2) echo train -data "$folder/fields.h5" -fno_width 16 -fno_depth 2 -fno_modes 8 -train_batch 2 -train_steps 100000 -train_every 20 -max_time 3 ;;
  esac
}
trial=0
while [ $trial -lt "$trials" ]; do
  random 4
  ranks=$((drawn + 1)) by=limit
  random 3
  what=$drawn
  if [ "$disk" = 1 ] && [ $((trial % 3)) != 2 ]; then by=disk; fi
  rm -rf "$folder/room/"*
  if [ $by = disk ]; then
    mount -t tmpfs -o size=40m karhunen "$folder/disk"
    cd "$folder/disk" || exit 1
    random 20
    (
      tries=0
      while [ ! -e x.h5.part ] && [ $tries -lt 50 ]; do
        sleep 0.1
        tries=$((tries + 1))
      done
      sleep $((drawn / 10)).$((drawn % 10))
      dd if=/dev/zero of=filler bs=4k
    ) >/dev/null 2>&1 &
    filler=$!
    if [ $((trial % 2)) = 0 ]; then export LD_PRELOAD="$folder/late.so"; fi
    # shellcheck disable=SC2046
    run $ranks $(command_of "$what") -out x.h5 -quiet
    unset LD_PRELOAD
  else
    cd "$folder/room" || exit 1
    filler=
    random 40
    limit=$((drawn * 512 + 8192)) # KiB, beyond what mpirun's own files need; the shell counts in blocks of 512 bytes
    if [ "$what" = 2 ]; then ranks=1 limit=$((drawn * 8 + 16)); fi
    (
      trap '' XFSZ
      ulimit -f $((2 * limit))
      # shellcheck disable=SC2046
      run $ranks $(command_of "$what") -out x.h5 -quiet
      echo "$status" >"$folder/status"
    )
    status=$(cat "$folder/status")
  fi
  [ -z "$filler" ] || wait "$filler"
  rm -f filler
  lines=$(grep -c '^karhunen: error: ' "$folder/err")
  verdict=good
  case $status in
    0 | 3) if [ "$what" != 2 ] && [ ! -e x.h5 ] && ! grep -q '^stopped: no' "$folder/out"; then verdict=silent silent=$((silent + 1)); fi ;;
    1) full=$((full + 1)) && if [ "$lines" != 1 ]; then verdict="silent: $lines lines" silent=$((silent + 1)); fi ;;
    124 | 137) verdict=hangs hangs=$((hangs + 1)) ;;
    *) verdict="ends with $status" crashes=$((crashes + 1)) ;;
  esac
  for file in x.h5 x.h5.state; do
    if [ -e $file ] && [ "$status" = 1 ]; then kept=$((kept + 1)); fi
    if [ -e $file ] && ! "$build/karhunen" verify $file >/dev/null 2>&1; then verdict="$verdict; $file is torn" torn=$((torn + 1)); fi
  done
  if [ -e x.h5.part ] || [ -e x.h5.lock ]; then verdict="$verdict; leaves $(ls | tr '\n' ' ')" torn=$((torn + 1)); fi
  echo "trial $trial: $(command_of "$what" | cut -d ' ' -f 1), $ranks ranks, $by: status $status, $verdict: $(grep -m 1 '^karhunen: error' "$folder/err" | cut -c 1-150)"
  [ "$verdict" = good ] || cat "$folder/err"
  cd "$folder" || exit 1
  if [ $by = disk ]; then umount "$folder/disk"; fi
  trial=$((trial + 1))
done
echo "full disk: $trials trials, $full ended by it, $kept files of whole samples kept; $hangs hangs, $crashes crashes, $silent silent, $torn torn"
[ $((hangs + crashes + silent + torn + failures)) = 0 ]
