#!/bin/sh
# A CSV file of data is read as it stands or refused by its line: no cell shifts into the place of an empty one, none is dropped, no whole number is cut. A mark of UTF-8,
# spaces, remarks and ends of lines as Windows has them are no data. Data of another operator than -obs_type are refused by the file's remark.
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
}
finish
