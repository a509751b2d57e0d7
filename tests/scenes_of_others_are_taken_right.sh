#!/bin/sh
# Interferograms in the layouts of others: phase, mask and place of what `generate -generator_type patches` writes are numpy's; what nothing
# tells apart is refused.
. "$1/tests/program.sh"
needs_python numpy h5py netCDF4

$python - <<'PY' || exit 1
import numpy as np, h5py, netCDF4, struct
r = np.random.default_rng(3)
R, C = 20, 24
p = r.uniform(-3, 3, (R, C)).astype("f4")
np.save("p.npy", p)
z = (5 * np.exp(1j * p)).astype("c8")
place = "X_FIRST -91.5\nY_FIRST 0.25\nX_STEP 0.001\nY_STEP -0.001\n"
def rsc(name, text=place): open(name + ".rsc", "w").write(f"WIDTH {C}\nFILE_LENGTH {R}\n" + text)
bil = np.stack([np.full((R, C), 2, "f4"), p], 1)

bil.astype("<f4").tofile("roipac.unw"); rsc("roipac.unw")
z.astype("<c8").tofile("roipac.int"); rsc("roipac.int")
south = place.replace("Y_FIRST 0.25", "Y_FIRST 0.23").replace("Y_STEP -", "Y_STEP ")
p[::-1].astype("<f4").tofile("south.flt"); rsc("south.flt", south)
hole = p.copy(); hole[4, 5:9] = 0
hole.astype(">f4").tofile("licsbas.unw"); open("licsbas.unw.par", "w").write(f"range_samples: {C}\nazimuth_lines: {R}\n")
z.astype(">c8").tofile("gamma.diff")
open("gamma.diff.par", "w").write(f"width: {C}\nnlines: {R}\ncorner_lat: 0.2495 decimal degrees\ncorner_lon: -91.4995 decimal degrees\npost_lat: -1e-3 decimal degrees\npost_lon: 1e-3 decimal degrees\n")
i2 = np.stack([np.round(3000 * np.cos(p)), np.round(3000 * np.sin(p))], -1).astype(">i2")
i2.tofile("gamma.short"); open("gamma.short.par", "w").write(f"range_samples: {C}\nazimuth_lines: {R}\nimage_format: SCOMPLEX\n")
p.astype("<f8").tofile("double.raw"); p.astype("<f4").tofile("single.raw"); bil.astype("<f4").tofile("bil.raw"); z.tofile("complex.raw")
def isce(name, kind, bands):
    axes = "".join(f'<component name="coordinate{i}"><property name="delta"><value>{d}</value></property><property name="startingvalue"><value>{s}</value></property><property name="size"><value>{n}</value></property></component>'
                   for i, d, s, n in ((1, 0.001, -91.5, C), (2, -0.001, 0.25, R)))
    open(name + ".xml", "w").write(f'<imageFile>{axes}<property name="width">\n<value>{C}</value></property><property name="length"><value>{R}</value></property><property name="data_type"><value>{kind}</value></property>'
                                   f'<property name="number_bands"><value>{bands}</value></property><property name="scheme"><value>BIL</value></property><property name="byte_order"><value>l</value></property></imageFile>')
bil.astype("<f4").tofile("filt.unw"); isce("filt.unw", "FLOAT", 2)
z.astype("<c8").tofile("filt.flat"); isce("filt.flat", "CFLOAT", 1)
np.zeros((R, C), "u1").tofile("mask.byte"); isce("mask.byte", "BYTE", 1)
p.astype("<f4").tofile("aria.raw")
open("aria.hdr", "w").write(f"ENVI\nsamples = {C}\nlines = {R}\nbands = 1\nheader offset = 0\ndata type = 4\ninterleave = bsq\nbyte order = 0\nmap info = {{Geographic Lat/Lon, 1, 1, -91.5, 0.25, 0.001, 0.001, WGS-84}}\n")
p.astype("<f4").tofile("wrong.int"); rsc("wrong.int")
p.astype("<f4").tofile("conflict.unw"); isce("conflict.unw", "CFLOAT", 1)
vast = p.copy(); vast[2, 3:7] = -3.4e38
vast.tofile("vast.flt")

lat, lon = 0.23 + 0.0005 + 0.001 * np.arange(R), -91.5 + 0.0005 + 0.001 * np.arange(C)
with netCDF4.Dataset("gmt.nc", "w") as f:
    for n, a in (("lat", lat), ("lon", lon)):
        f.createDimension(n, len(a)); f.createVariable(n, "f8", (n,))[:] = a
    f.createVariable("z", "f4", ("lat", "lon"), zlib=True)[:] = p[::-1]
with netCDF4.Dataset("aria.nc", "w") as f:
    g = f.createGroup("science/grids/data")
    for n, a in (("latitude", lat[::-1]), ("longitude", lon)):
        g.createDimension(n, len(a)); v = g.createVariable(n, "f8", (n,)); v[:] = a; v.units = "degrees_north" if n == "latitude" else "degrees_east"
    v = g.createVariable("unwrappedPhase", "f4", ("latitude", "longitude"), fill_value=0.0)
    q = p.copy(); q[0, 0] = 0; v[:] = q
with netCDF4.Dataset("packed.nc", "w") as f:
    f.createDimension("y", R); f.createDimension("x", C)
    v = f.createVariable("phase", "i2", ("y", "x"), fill_value=-32768); v.scale_factor = 1e-4; v[:] = p
def mintpy(name, a, step, first):
    with h5py.File(name, "w") as f:
        f["bperp"] = np.arange(3.0); f["date"] = np.array([b"20170320"] * 3); f["unwrapPhase"] = a
        f.attrs.update(FILE_TYPE="ifgramStack", UNIT="radian", X_FIRST="-91.5", Y_FIRST=first, X_STEP="0.001", Y_STEP=step, X_UNIT="degrees", WAVELENGTH="0.0554658", LENGTH=str(R), WIDTH=str(C))
mintpy("stack.h5", np.stack([p + 1, hole, p - 1]), "-0.001", "0.25")
mintpy("up.h5", np.stack([p + 1, p[::-1], p - 1]), "0.001", "0.23")

def tiff(name, a, tags):
    data = a.astype("<f4").tobytes()
    base = [(256, 4, [C]), (257, 4, [R]), (258, 3, [32]), (259, 3, [1]), (262, 3, [1]), (273, 4, [8]), (277, 3, [1]), (278, 4, [R]), (279, 4, [len(data)]), (339, 3, [3])]
    code = {2: ("s", 1), 3: ("H", 2), 4: ("I", 4), 12: ("d", 8)}
    at = 8 + len(data); entries = sorted(base + tags); extra = b""; body = struct.pack("<H", len(entries)); end = at + 2 + 12 * len(entries) + 4
    for tag, kind, value in entries:
        raw = value.encode() + b"\0" if kind == 2 else struct.pack("<" + code[kind][0] * len(value), *value)
        n = len(raw) // code[kind][1]
        if len(raw) <= 4: body += struct.pack("<HHI", tag, kind, n) + raw.ljust(4, b"\0")
        else: body += struct.pack("<HHII", tag, kind, n, end + len(extra)); extra += raw + b"\0" * (len(raw) % 2)
    open(name, "wb").write(b"II*\0" + struct.pack("<I", at) + data + body + struct.pack("<I", 0) + extra)
gdal = '<GDALMetadata>\n<Item name="OFFSET" sample="0" role="offset">1</Item>\n<Item name="SCALE" sample="0" role="scale">0.5</Item>\n</GDALMetadata>'
q = 2 * (p - 1); q[1, 1] = -7
tiff("scaled.tif", q, [(42112, 2, gdal), (42113, 2, "-7"), (33550, 12, [0.001, 0.001, 0]), (33922, 12, [0, 0, 0, -91.5, 0.25, 0])])
tiff("south.tif", p[::-1], [(34264, 12, [0.001, 0, 0, -91.5, 0, 0.001, 0, 0.23, 0, 0, 0, 0, 0, 0, 0, 1])])
PY

cat >../look.py <<'PY'
import sys, h5py, numpy as np
name, tol, masked, place = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4]
p = np.load("p.npy")
with h5py.File("out.h5") as f:
    phase, mask = f["phase"][0], f["mask"][0]
    a = dict(f.attrs)
bad = np.zeros(p.shape, bool)
for m in masked.split():
    i, j = m.split(",")
    bad[int(i), slice(*map(int, j.split(":"))) if ":" in j else int(j)] = True
assert (mask == ~bad).all(), f"mask: {np.argwhere(mask != ~bad)[:4]}"
d = np.abs(np.where(bad, 0, phase - p)).max()
assert d <= tol, f"phases differ by {d}"
assert a["rows"] == b"down"
if place == "yes":
    for k, v in (("X_FIRST", -91.5), ("Y_FIRST", 0.25), ("X_STEP", 0.001), ("Y_STEP", -0.001)):
        assert abs(float(a[k]) - v) < 1e-9, f"{k} is {a[k]}"
    assert a["X_UNIT"] == "degrees"  # a string of variable length, as MintPy reads it
PY
# FILE TOLERANCE MASKED PLACE WORDS OPTIONS...: the words are in the line that says what was read.
taken() {
  file=$1 tolerance=$2 masked=$3 place=$4 words=$5
  shift 5
  works 1 generate -generator_type patches -scene "$file" -grid_n 20,24 -scene_least 0 -samples 1 -out out.h5 -overwrite "$@"
  grep -Eq "^read $file: $words" ../out || wrong "$file: $(grep ^read ../out)"
  $python ../look.py "$file" "$tolerance" "$masked" "$place" || wrong "$file"
}
taken roipac.unw 0 "" yes 'unw by its name, little'
taken roipac.int 1e-6 "" yes 'complex64 by its name'
taken south.flt 0 "" yes 'float32 by its name.*turned'
taken licsbas.unw 0 "4,5:9" no 'float32 by its name, big'
taken gamma.diff 1e-6 "" yes 'complex64 by its name, big'
taken gamma.short 1e-3 "" no 'complex_int16 by its header, big' -scene_byte_order big
taken double.raw 0 "" no 'float64 by -scene_format' -scene_n 20,24 -scene_format float64
taken single.raw 0 "" no 'float32 by -scene_format' -scene_n 20,24 -scene_format float32
taken bil.raw 0 "" no 'unw by -scene_format' -scene_n 20,24 -scene_format unw
taken filt.unw 0 "" yes 'unw by its header, little'
taken filt.flat 1e-6 "" yes 'complex64 by its header'
taken aria.raw 0 "" yes 'float32 by its header'
taken vast.flt 0 "2,3:7" no 'float32' -scene_n 20,24
grep -q 'note: 4 pixels of more than 1e7 rad' ../out || wrong "no note of pixels that are no phases"
taken gmt.nc 0 "" yes 'mintpy by its content.*turned'
taken aria.nc 0 "0,0" yes 'mintpy by its content'
taken packed.nc 6e-5 "" no 'mintpy by its content'
taken stack.h5 0 "4,5:9" yes 'mintpy by its content' -scene_layer 1
taken up.h5 0 "" yes 'mintpy by its content.*turned' -scene_layer 1
taken scaled.tif 1e-6 "1,1" yes 'geotiff by its content, times 0.5 plus 1'
taken south.tif 0 "" yes 'geotiff.*turned'

no() {
  refused 1 "$1" generate -generator_type patches -grid_n 20,24 -samples 1 -out out2.h5 -scene "$2" $3
}
no 'may be complex64, float64 or unw' complex.raw '-scene_n 20,24'
no 'may be float32 or complex_int16' single.raw '-scene_n 20,24'
no 'complex64 \(by its name\) are 3840' wrong.int
no 'float32 by its name and complex64 by conflict.unw.xml' conflict.unw
no 'type BYTE' mask.byte
no 'nothing tells the byte order' gamma.short
finish
