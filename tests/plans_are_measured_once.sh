#!/bin/sh
# With -fft_plan measure a size is planned once on a machine, which is said, and never again; a cache that is damaged or of another
# processor is said to be and replaced; without a place for it the program works all the same.
. "$(dirname "$0")/program.sh"
program=karhunen-bench
field() { works "$1" -bench_type field -grid_n "$2" -fft_plan measure -bench_repeat 1; }
says() { grep -q "$1" ../err || { wrong "no word of '$1'" && cat ../err; }; }
silent() { if [ -s ../err ]; then wrong "should say nothing" && cat ../err; fi; }
cache=$XDG_CACHE_HOME/karhunen

field 1 40,36
says "planned by measuring"
file=$(ls "$cache"/wisdom-*-1-1)
cp "$file" ../first
field 1 40,36
silent
cmp -s "$file" ../first || wrong "a second run changes the cache"
field 1 20,30 # another size is added
says "planned by measuring"
field 1 40,36
silent
field 2 40,36 # ranks have a cache of their own
says "planned by measuring"
field 2 40,36
silent

head -c 200 ../first >"$file"
field 1 40,36
says "damaged"
field 1 40,36
silent
head -c 300 /dev/urandom >"$file"
field 1 40,36
says "damaged"
sed '1s/:.*/: Pentium 60/' ../first >"$file"
field 1 40,36
says "of another processor"
field 1 40,36
silent

export XDG_CACHE_HOME=/proc/nowhere
field 1 40,36
says "not kept"
finish
