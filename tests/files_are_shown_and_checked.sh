#!/bin/sh
# info, render and verify do what they say on files of every dimension; a damaged, cut, missing or foreign file, a wrong
# variable, sample or picture name is one clear line; a killed run leaves no half-written file in the way.
. "$1/tests/program.sh"

damage() { # FILE OFFSET: another byte there
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf "$(printf '\\%03o' $(((byte + 1) % 256)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

works 2 generate -generator_type gaussian -grid_n 16,12 -grid_length 2,3 -out_units km -samples 3 -seed 1 -out plane.h5
works 1 generate -generator_type gaussian -grid_n 33 -samples 3 -out line.h5
works 2 generate -generator_type gaussian -grid_n 6,5,4 -samples 1 -out cube.h5 -out_precision double
for f in plane line cube; do
  works 1 info $f.h5
  works 2 verify $f.h5
  works 2 render $f.h5 -out $f.png
  works 1 render $f.h5 -out $f.pdf -samples 0
  [ -s $f.png ] && [ -s $f.pdf ] || wrong "no picture of $f"
done
works 1 render plane.h5 -mask_below 0.5 -out mask.svg
[ -s mask.svg ] || wrong "no picture of the mask"
works 1 info plane.h5
for text in 'float32 (sample 3, y 16, x 12)' 'whole' 'km (length 3)' 'generate -generator_type gaussian' 'seed'; do
  grep -qF "$text" ../out || wrong "info does not say '$text'"
done

for n in 1 2; do
  refused $n 'exists already' render plane.h5 -out plane.png
  refused $n 'missing' verify none.h5
done
refused 1 'ends in .png, .pdf or .svg' render plane.h5 -out plane.jpg
refused 1 'has no variable w: it has' render plane.h5 -out w.png -variable w
refused 1 'there is no 3' render plane.h5 -out w.png -samples 3
refused 1 'has 1 components' render plane.h5 -out w.png -component 1
refused 1 'missing' render none.h5 -out w.png
refused 1 'missing' info none.h5
echo text > text.h5
refused 2 'not an HDF5 file' info text.h5
refused 1 'not an HDF5 file' render text.h5 -out w.png
refused 1 'no checksum' verify text.h5

size=$(wc -c < plane.h5)
cp plane.h5 sound.h5
damage plane.h5 $((size - 1000))
for c in 'info plane.h5' 'render plane.h5 -out w.png' 'verify plane.h5'; do refused 2 'plane.h5 is damaged' $c; done
head -c $((size - 700)) sound.h5 > cut.h5
for c in 'info cut.h5' 'render cut.h5 -out w.png'; do refused 2 'damaged or cut short' $c; done
refused 1 'no checksum at its end' verify cut.h5

for pause in 0.1 1.5; do # killed while it writes: nothing under the name, and a run that is to overwrite is not in its way
  "$build/karhunen" generate -quiet -generator_type gaussian -grid_n 512,512 -samples 4000 -out killed.h5 -overwrite >/dev/null 2>&1 &
  pid=$!
  for t in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if [ -e killed.h5.part ]; then break; fi
    sleep 0.25
  done
  sleep $pause
  kill -9 $pid
  wait $pid 2>/dev/null
  if [ -e killed.h5 ]; then wrong "a killed run left a file under its name"; fi
done
run 1 generate -generator_type gaussian -grid_n 8,8 -samples 2 -out killed.h5
[ "$status" = 1 ] && grep -q 'a run that was killed' ../err || wrong "what a killed run left is taken no notice of: status $status"
works 1 generate -generator_type gaussian -grid_n 8,8 -samples 2 -out killed.h5 -overwrite
[ "$(ls killed.h5*)" = killed.h5 ] || wrong "left after a killed run:" killed.h5*
finish
