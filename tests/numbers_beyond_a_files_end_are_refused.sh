#!/bin/sh
# An array whose header, turned by a fault, puts its numbers beyond the end of the file is refused, plain or in chunks: HDF5 over MPI would read zeros.
. "$1/tests/program.sh"
/usr/bin/python3 -c 'import h5py' 2>/dev/null || { echo "python3-h5py is not there" && exit 77; }
/usr/bin/python3 - <<'END'
import h5py, numpy, struct
for name, how in (("plain.h5", {}), ("chunks.h5", {"chunks": (1, 8, 8)})):
    with h5py.File(name, "w") as file:
        u = file.create_dataset("u", data=numpy.random.default_rng(1).normal(size=(3, 8, 8)).astype("f4"), **how)
        at = u.id.get_chunk_info(1).byte_offset if how else u.id.get_offset()
    whole = open(name, "rb").read()
    before = b"" if how else bytes((3, 1))  # of the message that says where: its version, plain
    there = before + struct.pack("<Q", at)
    assert whole.count(there) == 1, (name, whole.count(there))
    open("far_" + name, "wb").write(whole.replace(there, before + struct.pack("<Q", at + (1 << 40))))
END
for name in plain chunks; do
  for ranks in 1 2; do
    works $ranks observe -data $name.h5 -sample 1 -obs_every 2 -out a.csv -overwrite
    refused $ranks 'beyond the file.s end|cannot be read' observe -data far_$name.h5 -sample 1 -obs_every 2 -out b.csv
  done
done
finish
