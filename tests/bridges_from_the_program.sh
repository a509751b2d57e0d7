#!/bin/sh
# bridge draws paths that begin and end where they are told, alike on any ranks, in a file with a time axis; the page's commands run; what makes no
# sense is one line.
. "$1/tests/program.sh"
PATH=$build:$PATH
python=/usr/bin/python3

awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$source/docs/paths.md" | sed 's/64,64/16,16/; s/every 16/every 4/; s/-train_steps 300/-train_steps 4 -train_batch 4 -fno_width 8 -fno_modes 4/; s/-bridge_particles 100 -samples 200/-bridge_particles 8 -samples 8/' >../page.sh
[ "$(grep -c karhunen ../page.sh)" -ge 11 ] || wrong 'the page has lost its commands'
timeout 200 sh -e ../page.sh >../out 2>../err </dev/null || wrong "the page: $(tail -3 ../err)"
grep -q 'u .*sample 16, time 21, y 16, x 16' ../out || wrong "paths have other axes: $(grep ' u ' ../out)"
grep -q 'log density of the data given the start -[0-9.]* +- \|log density of the data given the start' ../out || wrong 'no density'
works 3 bridge -sde_type heat -cov_alpha 2 -bridge_start start.h5 -bridge_end end.h5 -bridge_steps 20 -samples 4 -ranks_per_field 3 -out p3.h5
works 3 bridge -sde_type allencahn -cov_alpha 2 -bridge_start start.h5 -obs_data y.csv -bridge_steps 50 -bridge_particles 32 -samples 32 -ranks_per_field 3 -out g3.h5
if $python -c 'import h5py' 2>/dev/null; then
  $python - <<'END' || wrong 'the paths are not where they were told to be, or depend on the ranks'
import h5py
f = lambda n: h5py.File(n)["u"][...]
p, q, a, b, g, h = f("paths.h5"), f("p3.h5"), f("start.h5")[0], f("end.h5")[0], f("guided.h5"), f("g3.h5")
assert abs(p[:, 0] - a).max() < 1e-6 and abs(p[:, -1] - b).max() < 1e-6, "ends"
assert p[:, 10].std(0).mean() > 0.1, "paths differ half way"
assert abs(p[:4] - q).max() < 1e-5 and abs(g - h).max() < 1e-4, "ranks"
t = h5py.File("paths.h5")["time"][...]
assert len(t) == 21 and t[0] == 0 and abs(t[1] - 0.05) < 1e-12, "times"
END
fi
works 2 verify paths.h5
works 1 info forced.h5
grep -q 'field .*sample 4' ../out || wrong "a process forward: $(cat ../out)"
works 1 generate -generator_type process -sde_type ve -grid_n 16 -process_start gaussian -samples 2 -out ve.h5
refused 1 'finite numbers.*bridge_steps' bridge -sde_type navierstokes -cov_alpha 4 -cov_variance 1e9 -bridge_start start.h5 -obs_data y.csv -bridge_steps 20 -samples 2 -bridge_particles 2 -out x.h5
refused 1 'finite numbers.*process_steps' generate -generator_type process -sde_type navierstokes -cov_alpha 4 -cov_variance 1e9 -process_steps 20 -grid_n 16,16 -out x.h5
refused 1 'one number a point' generate -generator_type process -sde_type navierstokes -grid_n 16 -out x.h5
works 1 sample -grid_n 32,32 -samples 1 -out fine.h5
works 1 bridge -sde_type ve -bridge_start fine.h5 -bridge_end end.h5 -samples 1 -bridge_steps 2 -out fine_paths.h5
works 1 sample -grid_n 16,16 -grid_length 2,1 -samples 1 -out wide.h5
works 1 sample -grid_n 32,32 -data_cov_alpha 1.1 -samples 1 -out rough.h5
works 1 bridge -sde_type ve -cov_alpha 4 -bridge_start fine.h5 -bridge_end rough.h5 -samples 1 -bridge_steps 2 -out rough_paths.h5
grep -q 'warning: the end is rougher than the noise' ../out || wrong 'no warning of a rough end'

at="bridge -bridge_start start.h5 -samples 1 -out x.h5"
refused 1 'another box' $at -bridge_end wide.h5
refused 2 'to where' $at
refused 1 'to where' $at -bridge_end end.h5 -obs_data y.csv
refused 1 'forgotten its start' $at -bridge_end end.h5 -sde_type flow
refused 1 'samples 0 to 0' $at -bridge_end end.h5 -bridge_end_sample 3
refused 1 'absent.h5' $at -bridge_end absent.h5
refused 1 'not linear' sample -grid_n 16,16 -sde_type allencahn -samples 1 -out x.h5
refused 1 'from where' bridge -bridge_end end.h5 -out x.h5
refused 1 'sampler_type exponential' sample -grid_n 16 -sampler_type exponential -samples 1 -out x.h5
finish
