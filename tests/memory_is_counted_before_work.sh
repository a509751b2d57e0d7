#!/bin/sh
# A run that needs more memory than its host has for it, by -memory_limit, a limit of the process or a cgroup, is refused before work starts, with
# what it needs within 25 % of what it then takes; one that fits runs; a larger -memory_limit goes on anyway.
. "$1/tests/program.sh"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp"
draw="sample -score_type gaussian -grid_n 1024,1024 -sampler_evaluations 3"
says='needs about [0-9.e-]+ GiB on a host \(1 of its ranks, [0-9.e-]+ GiB each\) and may have'
# shellcheck disable=SC2086
refused 1 "sample $says 0.05 GiB: fewer ranks on a host, more ranks to a field, a smaller grid, or -memory_limit 1 to go on anyway" $draw -memory_limit 0.05 -out x.h5
need=$(sed -n 's/.*ranks, \([0-9.e-]*\) GiB each.*/\1/p' ../err)
# shellcheck disable=SC2086
refused 2 'needs about [0-9.]+ GiB on a host \(2 of its ranks' $draw -memory_limit 0.1 -out x.h5
# shellcheck disable=SC2086
works 1 $draw -memory_limit 0.5 -out x.h5 # counted, and it fits
took=$(sed -n 's/.*at most \([0-9.]*\) MiB a rank.*/\1/p' ../out)
awk "BEGIN { exit !($need * 1024 > $took / 1.25 && $need * 1024 < $took * 1.25) }" || wrong "said $need GiB, took $took MiB"
# shellcheck disable=SC2086
works 1 $draw -memory_limit 100 -out x.h5 -overwrite # too much to be worth counting

works 1 generate -generator_type gaussian -grid_n 32,32 -data_cov_alpha 4 -samples 8 -out fields.h5
works 1 observe -data fields.h5 -obs_every 4 -out data.csv
refused 1 "generate $says" generate -generator_type navierstokes -grid_n 64,64 -ns_time 0.1 -memory_limit 0.01 -out y.h5
refused 1 "train $says .* a smaller grid or batch" train -data fields.h5 -fno_width 8 -fno_depth 2 -fno_modes 4 -train_batch 4 -train_steps 4 -memory_limit 0.01 -out m.h5
refused 1 "posterior $says" posterior -score_type gaussian -grid_n 32,32 -obs_data data.csv -posterior_particles 4 -memory_limit 0.01 -out y.h5
# shellcheck disable=SC2086
works 1 $draw -grid_n 64,64 -samples 4 -out z.h5
# shellcheck disable=SC2086
works 1 $draw -grid_n 64,64 -samples 6 -out z.h5 -resume -memory_limit 3 # it changes no result

# A limit of the process.
sh -c 'ulimit -v 500000 && exec "$@"' sh "$build/karhunen" $draw -grid_n 2048,2048 -out x2.h5 >../out 2>../err && wrong "a limit on addresses is not seen"
[ "$(grep -c '^karhunen: error: ' ../err)" = 1 ] && grep -Eq "sample $says" ../err || wrong "a limit on addresses: $(cat ../err)"
# A cgroup, where this user may make one.
cgroup=
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then cgroup=/sys/fs/cgroup/karhunen.$$ limit=memory.max; elif [ -e /sys/fs/cgroup/memory ]; then cgroup=/sys/fs/cgroup/memory/karhunen.$$ limit=memory.limit_in_bytes; fi
if [ -n "$cgroup" ] && mkdir "$cgroup" 2>/dev/null && echo 150000000 >"$cgroup/$limit" 2>/dev/null; then
  # shellcheck disable=SC2016
  sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$build/karhunen" $draw -grid_n 2048,2048 -out x2.h5 >../out 2>../err && wrong "a limit of a cgroup is not seen"
  [ "$(grep -c '^karhunen: error: ' ../err)" = 1 ] && grep -Eq "sample $says" ../err || wrong "a cgroup: $(cat ../err)"
else echo "no cgroup can be made here"; fi
[ -z "$cgroup" ] || rmdir "$cgroup" 2>/dev/null
[ -z "$(ls -A "$folder/tmp")" ] || wrong "it leaves $(ls "$folder/tmp")"
finish
