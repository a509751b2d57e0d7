# A model that is told a number: calibrate, posterior and evaluate -likelihood tell it; without -condition each says what is missing.
. "$1/tests/program.sh"

law='-generator_type gaussian -grid_n 8,8 -samples 12'
for i in 1 2; do works 1 generate $law -data_cov_tau $((3 * i)) -seed $i -out raw$i.h5; done
/usr/bin/python3 - <<'P' || wrong 'python'
import h5py, numpy as np
for i in (1, 2):
    with h5py.File(f"raw{i}.h5") as f, h5py.File(f"d{i}.h5", "w") as g:
        for k in f:
            if isinstance(f[k], h5py.Dataset) and f[k].ndim == 3: g["u"] = f[k][:]
        g["height"] = np.abs(g["u"][:]) + 1
        g["x"], g["y"] = f["x"][:], f["y"][:]
        g.attrs["tau"] = 3.0 * i
P
small='-net_type unet -unet_widths 16,16 -train_steps 4 -train_batch 4 -train_warmup 1 -train_validation 0 -quiet'
works 1 train -data d1.h5,d2.h5 -variable u -train_condition tau $small -out m.h5
works 1 observe -data d1.h5 -variable u -obs_every 4 -obs_noise 0.1 -out y.csv
needs='fields given tau, a number from 3.? to 6'
works 2 calibrate -model m.h5 -condition tau=4 -samples 4 -passes 1 -sampler_evaluations 4 -out c.h5
works 1 posterior -model m.h5 -condition tau=4 -posterior_type guided -obs_data y.csv -samples 2 -sampler_evaluations 4 -out p4.h5
works 1 posterior -model m.h5 -condition tau=6 -posterior_type guided -obs_data y.csv -samples 2 -sampler_evaluations 4 -out p6.h5
works 2 evaluate -likelihood elbo -data d1.h5 -variable u -model m.h5 -condition d1.h5 -likelihood_evaluations 5 -fields 3
works 1 sample -model c.h5 -condition tau=7 -samples 1 -sampler_evaluations 4 -out s.h5
grep -q 'warning: -condition tau is 7.*, the model was trained from 3' ../err || wrong 'a number beyond the training gets no warning'
refused 1 "$needs" calibrate -model m.h5 -samples 4 -passes 1 -out bad.h5
refused 1 "$needs" posterior -model m.h5 -posterior_type guided -obs_data y.csv -samples 1 -out bad.h5
refused 2 "$needs" evaluate -likelihood elbo -data d1.h5 -variable u -model m.h5 -fields 2
refused 1 'does a mirror change the map.s sign' train -data d1.h5 -variable u -train_condition height -train_symmetry pseudoscalar $small -out bad.h5
refused 1 'a map is scalar, as heights are, or pseudoscalar' train -data d1.h5 -variable u -train_condition height:vector -train_symmetry pseudoscalar $small -out bad.h5
refused 1 'only a map has a kind' train -data d1.h5,d2.h5 -variable u -train_condition tau:scalar $small -out bad.h5
works 1 train -data d1.h5 -variable u -train_condition height:scalar -train_symmetry pseudoscalar $small -out h.h5
finish
