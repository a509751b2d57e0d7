#!/bin/sh
# A CSV file of data is read as it stands or refused by its line: no cell shifts into the place of an empty one, none is dropped, no whole number is cut. A mark of UTF-8,
# spaces, remarks and ends of lines as Windows has them are no data. Data of another operator than -obs_type are refused by the file's remark.
# Data in another unit than the model's (remark or header of CSV, attribute of a raster) are refused with both units, of operators whose data have the field's unit; where
# the model says none, a note says so.
. "$1/tests/program.sh"

law="-grid_n 16,16 -data_cov_alpha 3 -data_cov_tau 6"
at="posterior $law -posterior_type exact -samples 1"
value() { sed -n 's/^log evidence //p' ../out; }
printf 'x,y,value,noise\n0.25,0.5,1,0.1\n0.5,0.75,-1,0.2\n' >plain.csv
printf '\357\273\277x, y ,value,noise\r\n# a remark\r\n\r\n0.25,0.5,1,0.1\r\n 0.5, 0.75,-1, 0.2\r\n' >marked.csv
# shellcheck disable=SC2086
{
  works 1 $at -obs_data plain.csv -out plain.h5
  plain=$(value)
  works 1 $at -obs_data marked.csv -out marked.h5
  [ -n "$plain" ] && [ "$(value)" = "$plain" ] || wrong "a mark of UTF-8 changes the data: log evidence $(value), not $plain"
  refuses() { # TEXT LINES
    printf "$2" >bad.csv
    refused 1 "bad.csv: $1" $at -obs_data bad.csv -out x.h5
  }
  refuses 'datum 1 .line 3.: value is "", not a finite number' 'x,y,value,noise\n0.25,0.5,1,0.1\n0.5,0.75,,0.2\n'
  refuses 'datum 0 .line 2.: noise is "", not a finite number' 'x,y,value,noise\n0.25,0.5,1,\n'
  refuses 'datum 0 .line 2.: x is "", not a finite number' 'x,y,value,noise\n,0.25,0.5,1,0.1\n'
  refuses 'datum 0 .line 2. does not have the 3 numbers of the header, but 4 cells' 'x,y,value\n0.25,0.5,1,0.1\n'
  refuses 'datum 0 .line 2. does not have the 3 numbers of the header, but 4 cells' 'x,y,value\n0.25,0.5,1,\n'
  refuses 'datum 0 .line 2. does not have the 3 numbers of the header, but 2 cells' 'x,y,value\n0.25,0.5\n'
  refuses 'column "" of the header' 'x,y,value,\n0.25,0.5,1,\n'
  refuses 'datum 0 .line 2.: component is "0.5", not a whole number' 'x,y,component,value\n0.25,0.5,0.5,1\n'
  refuses 'datum 1 .line 3.: group is "1.5", not a whole number' 'x,y,group,value\n0.25,0.5,1,1\n0.5,0.5,1.5,1\n'
  refuses 'line 1 has more than 4094 characters' 'x,y,value%05000d\n0.25,0.5,1\n'

  works 1 sample $law -samples 1 -out truth.h5
  works 1 observe -data truth.h5 -obs_type average -obs_width 0.25 -obs_every 8 -out average.csv
  refused 1 'average.csv: its remark says .* -obs_type average, not points' $at -obs_data average.csv -out x.h5
  works 1 $at -obs_data average.csv -obs_type average -obs_width 0.25 -out average.h5
  works 1 observe -data truth.h5 -obs_points average.csv -out points.csv # places have no operator
  grep -v '^#' average.csv >bare.csv
  works 1 $at -obs_data bare.csv -out bare.h5 # nor has a file that does not say

  works 1 observe -data truth.h5 -obs_type modes -obs_modes 100 -out modes.csv
  grep -q "indices up to 7, the grid's largest, not 100" ../out || wrong "modes beyond the grid: $(grep indices ../out)"
  grep -q '^wrote modes.csv: 225 data$' ../out || wrong "modes of 15 x 15: $(grep wrote ../out)"
  works 1 observe -data truth.h5 -obs_every 8 -out y.h5
  grep -q '^wrote y.h5: 4 data, as CSV, which is text$' ../out || wrong "CSV under another name: $(grep wrote ../out)"

  small="-train_steps 2 -train_warmup 1 -train_batch 2 -fno_width 4 -fno_modes 4,4 -fno_depth 1 -quiet"
  works 1 generate -generator_type insar -grid_n 16,16 -grid_length 3200 -samples 4 -seed 1 -quiet -out insar.h5
  works 1 train -data insar.h5 -variable turbulence $small -out rad.h5
  works 1 observe -data insar.h5 -variable turbulence -obs_every 8 -obs_noise 0.1 -out rad.csv
  [ "$(head -n 1 rad.csv)" = '# karhunen observe: points value [rad]' ] || wrong "the unit is not in the remark: $(head -n 1 rad.csv)"
  given="posterior -model rad.h5 -grid_n 16,16 -posterior_type guided -sampler_evaluations 2 -samples 1 -obs_noise 0.1"
  works 1 $given -obs_data rad.csv -out rad-given.h5
  if grep -q '^note: -obs_data' ../out; then wrong "a note of units that are the same: $(grep note: ../out)"; fi
  sed 's/.rad.$/[m]/' rad.csv >m.csv
  refused 2 "-obs_data is in m, the model's turbulence in rad: give data in the model's unit" $given -obs_data m.csv -out x.h5
  sed '1d; s/value/value [mm]/' rad.csv >mm.csv
  refused 1 "-obs_data is in mm, the model's turbulence in rad" $given -obs_data mm.csv -out x.h5
  refused 1 "-obs_data is in m, the model's turbulence in rad" $given -obs_data insar.h5 -obs_variable topography -out x.h5
  works 1 $given -obs_data insar.h5 -obs_variable turbulence -out raster.h5
  works 1 train -data insar.h5 -variable topography $small -out m.h5
  turns="posterior -model m.h5 -grid_n 16,16 -posterior_type guided -sampler_evaluations 2 -samples 1 -obs_data mm.csv -obs_type phase"
  refused 1 "the model's topography is in m, no angle: give -obs_period" $turns -out x.h5
  works 1 $turns -obs_period 90 -out turns.h5
  works 1 $given -obs_data mm.csv -obs_type square -out square.h5 # its data are not in the field's unit
  works 1 sample $law -samples 4 -seed 3 -out none.h5
  works 1 train -data none.h5 $small -out none-model.h5
  printf 'x,y,value [m],noise\n0.25,0.5,1,0.1\n' >m1.csv
  works 1 posterior -model none-model.h5 -posterior_type guided -sampler_evaluations 2 -samples 1 -obs_data m1.csv -out none-given.h5
  grep -q '^note: -obs_data is in m; the model does not say the unit of its u: it is taken for the same$' ../out || wrong "no note of a model without units: $(grep note: ../out)"
}
finish
