#!/bin/sh
# What cannot be an output is refused before work: the input under its own name, by a symbolic or a hard link; a link to nothing, a fifo, a
# folder.  -overwrite writes through a link, which stays one.  Locks: of a zombie or a process that is gone, taken over; of another host, refused with
# host, process, age and the way to break it.  The words that people try: version, help.  Numbers too large are called so.
. "$1/tests/program.sh"

make="generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4 -samples 4"
# shellcheck disable=SC2086
works 1 $make -out x.h5
grep -q 'wrote x.h5: 4 samples' ../out || wrong "generate does not say what it wrote"
tiny="-fno_width 2 -fno_depth 1 -fno_modes 2 -fno_hidden 2 -train_batch 2 -train_steps 3 -quiet"
# shellcheck disable=SC2086
works 1 train -data x.h5 -out m.h5 $tiny
sum=$(cksum <x.h5)
ln x.h5 hard.h5
ln -s x.h5 soft.h5
ln -s nowhere.h5 dangling.h5
mkfifo fifo.h5
for ranks in 1 2; do
  for out in x.h5 ./x.h5 hard.h5 soft.h5; do
    # shellcheck disable=SC2086
    refused $ranks 'is the file that -data x.h5 reads' train -data x.h5 -out $out -overwrite $tiny
  done
  refused $ranks 'is the file that -model m.h5 reads' sample -model m.h5 -out m.h5 -overwrite
  # shellcheck disable=SC2086
  refused $ranks 'link to what does not exist' $make -out dangling.h5 -overwrite
  # shellcheck disable=SC2086
  refused $ranks 'fifo' $make -out fifo.h5 -overwrite
done
[ "$sum" = "$(cksum <x.h5)" ] || wrong "the input is changed"

cp x.h5 target.h5
ln -s target.h5 link.h5
# shellcheck disable=SC2086
works 2 $make -seed 5 -out link.h5 -overwrite
[ -L link.h5 ] || wrong "-overwrite replaces the link by a file"
works 1 verify target.h5
if cmp -s x.h5 target.h5; then wrong "-overwrite does not write through a link"; fi

echo "othernode 123 456 789" >y.h5.lock
# shellcheck disable=SC2086
refused 1 'process 123 on the other host othernode, job 789, for 0 min: .* remove y.h5.lock' $make -out y.h5
echo "othernode 123 456 789 1" >y.h5.lock # of this job, before Slurm has queued it again
export SLURM_JOB_ID=789 SLURM_RESTART_COUNT=1
# shellcheck disable=SC2086
refused 1 'on the other host othernode, job 789' $make -out y.h5
SLURM_RESTART_COUNT=2
# shellcheck disable=SC2086
works 1 $make -out y.h5
unset SLURM_JOB_ID SLURM_RESTART_COUNT
rm y.h5
sh -c 'sleep 0 & echo $! >../zombie; exec sleep 20' & # sleep waits for no child: its first stays a zombie
parent=$!
sleep 0.5
grep -q ' Z ' "/proc/$(cat ../zombie)/stat" || wrong "there is no zombie to try"
echo "$(uname -n) $(cat ../zombie)" >y.h5.lock
# shellcheck disable=SC2086
works 1 $make -out y.h5
kill $parent
echo "$(uname -n) $$ 1 -" >z.h5.lock # this process's number, but another began then
# shellcheck disable=SC2086
works 1 $make -out z.h5

for word in version --version -version; do
  works 1 $word
  grep -q '^karhunen [0-9]' ../out || wrong "$word does not tell the version"
done
works 1 help
grep -q 'generate' ../out || wrong "help lists no commands"
works 1 help sample
grep -q 'sampler_type' ../out || wrong "help sample does not list its options"
refused 1 'samples 99999999999999999999: too large' generate -samples 99999999999999999999 -out w.h5
refused 1 'train_lr 1e999: too large' train -data x.h5 -out w.h5 -train_lr 1e999
# shellcheck disable=SC2086
refused 1 'log_view nosuch' $make -out w.h5 -log_view nosuch:x:y
# shellcheck disable=SC2086
works 1 $make -out w.h5 -log_view :log.txt
finish
