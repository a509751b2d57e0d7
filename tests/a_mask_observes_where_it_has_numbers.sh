#!/bin/sh
# A mask observes points where it is a number other than 0: NaN and a fill value are not observed, and their number is said; a mask of several fields is refused.
. "$1/tests/program.sh"
needs_python h5py numpy

"$python" - <<'END'
import h5py, numpy as np
m = np.zeros((16, 16))
m[::4, ::4] = 1
m[0, 0] = m[0, 1] = np.nan
filled = np.where(np.isnan(m), -999, m)
for name, values in ('nan', m), ('fill', filled), ('plain', np.nan_to_num(m)), ('two', np.stack([m, m])), ('none', 0 * m + np.nan):
    with h5py.File(name + '.h5', 'w') as f:
        d = f.create_dataset('mask', data=values if name == 'two' else values[None])
        if name == 'fill':
            d.attrs['_FillValue'] = -999.0
END
works 1 sample -grid_n 16,16 -data_cov_alpha 3 -data_cov_tau 6 -samples 1 -out truth.h5
for mask in nan fill plain; do
  works 2 observe -data truth.h5 -obs_mask $mask.h5 -seed 1 -out $mask.csv
  grep -q '^wrote .*: 15 data' ../out || wrong "$mask: $(grep wrote ../out)"
  case $mask in
    plain) grep -q 'no number' ../out && wrong "plain: $(grep number ../out)" ;;
    *) grep -q '15 data where .*.h5 is not 0 .at 2 points it has no number: they are not observed.' ../out || wrong "$mask: $(grep observation ../out)" ;;
  esac
  cmp -s $mask.csv nan.csv || wrong "$mask: other data than those of nan.h5"
done
refused 2 'the mask two.h5 has 2 samples: a mask is one field' observe -data truth.h5 -obs_mask two.h5 -out x.csv
refused 1 'none.h5 observes no point' observe -data truth.h5 -obs_mask none.h5 -out x.csv
finish
