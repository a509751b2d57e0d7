#!/bin/sh
# bridge takes two outlines, tables x,y or zero levels of fields, and draws paths between them, alike on any ranks, in a file of curves that render
# draws; what is wrong with an outline is one line, with the number of its line.
. "$1/tests/program.sh"
python=/usr/bin/python3

outline() { # A B FLAT N: points of r = A + B cos 3 phi
  awk -v a="$1" -v b="$2" -v flat="$3" -v n="$4" 'BEGIN { print "x,y"
    for (i = 0; i < n; i++) { p = 2 * 3.14159265358979 * i / n; r = a + b * cos(3 * p); printf "%.6f,%.6f\n", r * cos(p), flat * r * sin(p) } }'
}
outline 1 0 .7 24 >a.csv
outline 1 .25 1 24 >b.csv
outline 1 .25 1 60 >fine.csv
small="-bridge_steps 30 -bridge_particles 8 -samples 3"
works 1 bridge -bridge_start a.csv -bridge_end b.csv $small -out p.h5
grep -q '^log density of the end given the start [0-9.]* +- [0-9.]*; effective particles at least' ../out || wrong "no density: $(cat ../out)"
cp ../out ../one
works 3 bridge -sde_type kunita -bridge_start a.csv -bridge_end b.csv $small -out p3.h5
[ "$(grep '^log density' ../one)" = "$(grep '^log density' ../out)" ] || wrong "on three ranks: $(cat ../out)"
works 2 bridge -bridge_start a.csv -bridge_end b.csv $small -ranks_per_field 2 -out p2.h5
works 1 bridge -bridge_start a.csv -bridge_end fine.csv -outline_points 32 $small -out q.h5
works 1 sample -grid_n 32,32 -data_cov_alpha 4 -data_cov_tau 40 -samples 2 -seed 3 -out f.h5
works 1 bridge -bridge_of outlines -bridge_start f.h5 -bridge_end f.h5 -bridge_end_sample 1 $small -out l.h5
grep -q '^outlines of 64 points' ../out || wrong "zero levels: $(cat ../out)"
works 1 bridge -bridge_of outlines -bridge_start p.h5 -bridge_start_sample 30 -bridge_end b.csv $small -out r.h5
back="bridge -bridge_by reversal -bridge_start a.csv -bridge_end b.csv -bridge_steps 10 -reversal_learn 20 -reversal_batch 4 -samples 3"
works 1 $back -out t.h5
grep -q '^time reversal learnt: [.0-9]* of what free motion misses' ../out || wrong "no time reversal: $(cat ../out)"
works 3 $back -out t3.h5
works 2 render p.h5 -out p.png
works 1 render p.h5 -samples 2 -out p.svg
[ -s p.png ] && grep -q 'path' p.svg || wrong 'no picture'
works 1 verify p.h5
if $python -c 'import h5py' 2>/dev/null; then
  $python - <<'END2' || wrong 'the paths are not where they were told to be, or depend on the ranks'
import h5py, numpy as np
f = lambda n: h5py.File(n)["outline"][...]
p, a, b = f("p.h5"), np.loadtxt("a.csv", delimiter=",", skiprows=1).T, np.loadtxt("b.csv", delimiter=",", skiprows=1).T
assert p.shape == (3, 31, 2, 24), p.shape
assert (p == f("p3.h5")).all() and (p == f("p2.h5")).all(), "ranks"
noise = h5py.File("p.h5").attrs["outline_noise"]
assert abs(p[:, 0] - a).max() < 1e-6 and abs(p[:, -1] - b).max() < 6 * noise, "ends"
assert p[:, 15].std(0).mean() > 2 * noise, "paths differ half way"
t = f("t.h5")
assert t.shape == (3, 11, 2, 24) and abs(t - f("t3.h5")).max() < 1e-5 and abs(t[:, 0] - a).max() < 1e-6 and abs(t[:, -1] - b).max() < 1e-6, "reversal"
assert t[:, 5].std(0).mean() > noise
assert f("q.h5").shape == (3, 31, 2, 32) and abs(f("r.h5")[:, 0] - p[0, 30]).max() < 1e-6
END2
fi

at="bridge -bridge_end b.csv -out x.h5"
outline 1 0 1 23 >short.csv
refused 1 'point i of one is to become point i of the other' $at -bridge_start short.csv
sed '7s/,.*/,none/' a.csv >word.csv
refused 2 'word.csv: line 7: y is "none"' $at -bridge_start word.csv
sed '9p' a.csv >twice.csv
refused 1 'twice.csv, line 10: the point of line 9 again' $at -bridge_start twice.csv
head -3 a.csv >two.csv
refused 1 'two.csv has 2 points: an outline needs 3' $at -bridge_start two.csv
tail -n +2 a.csv >bare.csv
refused 1 'bare.csv.*header' $at -bridge_start bare.csv
refused 1 'absent.csv' $at -bridge_start absent.csv
works 1 sample -grid_n 8,8,8 -samples 1 -out box.h5
refused 1 'an outline is a table x,y' $at -bridge_of outlines -bridge_start box.h5
refused 1 'samples 0 to 1' $at -bridge_of outlines -bridge_start f.h5 -bridge_start_sample 2
refused 1 'where to' bridge -bridge_start a.csv -bridge_end b.csv
refused 1 'kunita_sources' $at -bridge_start a.csv -kunita_sources 1
refused 1 'noise that depends on the state' control -sde_type kunita -control_start f.h5 -control_target f.h5 -out x.h5
works 1 sample -grid_n 8,8 -samples 8 -seed 3 -out starts.h5
refused 1 'no control is learnt' train -train_objective adjoint -data starts.h5 -noise_cov_type matern -sde_type kunita -control_target f.h5 -out x.h5
refused 1 'has curves 0 to 2' render p.h5 -samples 3 -out x.png
for option in '-quantity vorticity' '-projection z' -ensemble '-range 0,1' '-title two'; do
  refused 1 "${option%% *} is of fields on a grid, and p.h5 holds curves: leave it out" render p.h5 $option -out x.png
done
finish
