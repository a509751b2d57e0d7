# Values at places learnt by the program: of fields, of stations of a netCDF file and of a table; drawn anywhere, some given; bad input.
. "$1/tests/program.sh"

small='-transformer_width 16 -transformer_depth 2 -transformer_heads 2 -transformer_hidden 16 -transformer_embed 8 -train_batch 4'
learn="$small -train_steps 6 -train_warmup 2 -train_point_sets 6 -quiet"
/usr/bin/python3 - <<'P' || wrong 'python'
import numpy as np
r = np.random.default_rng(1)
x = r.random((20, 2)) * [2, 1]
np.savetxt("p.csv", x, delimiter=",", header="x,y", comments="")
np.savetxt("q.csv", np.r_[x[5:], r.random((4, 2))], delimiter=",", header="x,y", comments="")
np.savetxt("given.csv", np.c_[x[:6], np.arange(6) - 2.5], delimiter=",", header="x,y,value", comments="")
with open("table.csv", "w") as f, open("bad.csv", "w") as b, open("twice.csv", "w") as t, open("gap.csv", "w") as g:
    for o in (f, b, t, g): o.write("x,y,sample,value\n")
    for s in range(12):
        for i, v in enumerate(np.cos(s + 3 * x[:, 0]) + 0.1 * r.standard_normal(20)):
            line = "%.6f,%.6f,%d,%.6f\n" % (*(100 * x[i]), s, v)
            f.write(line)
            b.write(line if (s, i) != (2, 3) else line.replace(",2,", ",2,east"))
            t.write(line * (1 + ((s, i) == (1, 4))))
            if (s, i) != (3, 7): g.write(line)
P
works 1 generate -generator_type gaussian -grid_n 16,16 -grid_length 1,2 -data_cov_tau 6 -samples 40 -out fields.h5
works 1 train -data fields.h5 -train_points 12,24 $learn -out m1.h5
works 2 train -data fields.h5 -train_points 12,24 $learn -out m2.h5
works 1 sample -model m1.h5 -points p.csv -samples 3 -sampler_evaluations 6 -out s1.h5
works 1 sample -model m1.h5 -points p.csv -samples 3 -sampler_evaluations 6 -out s1.h5 -overwrite
works 3 sample -model m1.h5 -points p.csv -samples 3 -sampler_evaluations 6 -out s3.h5
works 2 sample -model m1.h5 -points p.csv -given given.csv -samples 3 -sampler_evaluations 6 -out g.h5
works 1 sample -model m2.h5 -points p.csv -samples 3 -sampler_evaluations 6 -out s2.h5
works 1 evaluate -data fields.h5 -samples s1.h5 -out report
works 1 render s1.h5 -out s.png
works 1 sample -grid_n 16,16 -grid_length 1,2 -score_type gaussian -points p.csv -samples 12 -out stations.h5
works 2 train -data stations.h5 -train_points 10,20 $learn -out ms.h5
works 1 sample -model ms.h5 -points q.csv -samples 2 -sampler_evaluations 6 -out sq.h5
works 1 train -data table.csv $learn -out mt.h5
printf 'x,y\n10,20\n150,80\n30,70\n' >three.csv
works 1 sample -model mt.h5 -points three.csv -samples 2 -sampler_evaluations 6 -out st.h5
/usr/bin/python3 - <<'P' || wrong 'numbers of the values'
import numpy as np, h5py
a, b, c, g = (h5py.File(f)["field"][:] if "field" in h5py.File(f) else h5py.File(f)[[k for k in h5py.File(f) if h5py.File(f)[k].ndim == 2][0]][:] for f in ("s1.h5", "s3.h5", "s2.h5", "g.h5"))
assert a.shape == (3, 20) and abs(a - b).max() < 1e-4, "sampled on three ranks: %g" % abs(a - b).max()
assert abs(a - c).max() < 1e-2, "trained on two ranks: %g" % abs(a - c).max()
assert abs(g[:, :6] - (np.arange(6) - 2.5)).max() == 0, "given values"
assert abs(g[0, 6:] - g[1, 6:]).max() > 1e-3
assert [k for k in h5py.File("st.h5") if h5py.File("st.h5")[k].shape == (2, 3)] == ["value"]
P
printf 'x,y\n0.1,0.2\n0.1,1.5\n' >outside.csv
printf 'x,y\n0.1,0.2\n0.3,0.2\n0.1,0.2\n' >twice_place.csv
printf 'x,y\n0.1,0.2\n' >one.csv
printf 'lon,lat\n10.1,45\n' >degrees.csv
printf 'x,y,value\n0.1,0.2,1\n0.3,0.4,nan\n' >nan.csv
printf 'x,y\n0.1,0.2\n' >novalue.csv
printf 'x,y,value\n1,2,3\n' >nosample.csv
draw='sample -model m1.h5 -samples 1 -out bad.h5'
refused 1 'at which\? give -points' $draw
refused 2 'outside.csv, line 3: y is 1.5, outside the box' $draw -points outside.csv
refused 1 'places 0 and 2 are the same' $draw -points twice_place.csv
refused 1 'a pencil of 1 places: 2 to' $draw -points one.csv
refused 1 'places in degrees' $draw -points degrees.csv
refused 1 'nan.csv: line 3: value is "nan", not a finite number' $draw -points p.csv -given nan.csv
refused 1 'no column `value`' $draw -points p.csv -given novalue.csv
refused 1 'model of values at places' calibrate -model m1.h5 -out bad.h5
refused 1 'stations have no .*-train_loss_power' train -data table.csv $learn -train_loss_power 0.25 -out bad.h5
refused 1 'bad.csv: line 45: value is' train -data bad.csv $learn -out bad.h5
refused 1 'twice.csv, line 27: a second value of sample 1' train -data twice.csv $learn -out bad.h5
refused 1 'gap.csv: sample 3 has no value at the place of line 9' train -data gap.csv $learn -out bad.h5
refused 1 'no column `sample`' train -data nosample.csv $learn -out bad.h5
refused 1 'there are 20 stations' train -data stations.h5 -train_points 10,30 $learn -out bad.h5
refused 1 'stations do not lie alike in a mirror' train -data stations.h5 -train_symmetry scalar $learn -out bad.h5
refused 1 'fewest places come first' train -data fields.h5 -train_points 20,10 $learn -out bad.h5
refused 1 'is a transformer' train -data fields.h5 -train_points 10 -net_type fno -train_steps 2 -out bad.h5
finish
