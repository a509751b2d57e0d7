#!/bin/sh
# The Spack recipe is Python that declares what the build looks for, no more and no less; docs/install.md names each as well; the script for a
# cluster says what is missing, and does nothing then.
. "$1/tests/program.sh"

command -v python3 >/dev/null || { echo "SKIPPED: no python3"; exit 77; }
cat >spack_stub.py <<'END'
# Spack's directives, as far as the recipe uses them, which keep what they are given.
import sys, types
kept = {"depends_on": [], "variant": [], "version": []}
module = types.ModuleType("spack.package")
class CMakePackage:
    def define(self, name, value): return f"-D{name}={value}"
    def define_from_variant(self, name, variant): return f"-D{name}={variant}"
def keeper(name):
    def keep(*a, **k): kept[name].append((a, k))
    return keep
def decorate(*a, **k): return lambda f: f
for name in kept: setattr(module, name, keeper(name))
module.CMakePackage, module.Executable = CMakePackage, lambda p: None
module.license = lambda *a: None
module.run_after = module.on_package_attributes = decorate
sys.modules["spack"], sys.modules["spack.package"] = types.ModuleType("spack"), module
namespace = {}
exec(open(sys.argv[1]).read(), namespace)
class Spec:
    def satisfies(self, text): return text == "+int64"
    def __getitem__(self, name): return types.SimpleNamespace(mpicc="mpicc")
package = namespace["Karhunen"]()
package.spec, package.run_tests = Spec(), False
print("args", *package.cmake_args())
for a, k in kept["depends_on"]: print("needs", a[0].split()[0].split("@")[0].split("+")[0].split("~")[0])
for a, k in kept["variant"]: print("variant", a[0])
END
python3 spack_stub.py "$source/packaging/spack/package.py" >recipe || wrong "the recipe is no recipe"
for option in $(grep '^args' recipe | tr ' ' '\n' | sed -n 's/^-D\(KARHUNEN[A-Z_]*\)=.*/\1/p'); do
  grep -q "$option" "$source/CMakeLists.txt" || wrong "the recipe sets $option, which there is not"
done
sed -n 's/^needs //p' recipe | sort -u | tr '\n' ' ' >needs
[ "$(cat needs)" = "c cairo cjson cmake fftw hdf5 libgeotiff libtiff mpi openblas petsc pkgconfig random123 xxhash zlib-api " ] || wrong "the recipe needs $(cat needs)"
for name in $(cat needs); do
  case $name in c | mpi | pkgconfig) continue ;; esac
  grep -q "\`$name\`" "$source/docs/install.md" || wrong "docs/install.md does not name Spack's $name"
done
# each library that cmake looks for is one of them
for library in $(sed -n 's/^pkg_\(check_modules\|search_module\)([A-Z0-9]* REQUIRED IMPORTED_TARGET GLOBAL \([a-z0-9-]*\).*/\2/p' "$source/cmake/KarhunenDependencies.cmake"); do
  case $library in hdf5-*) library=hdf5 ;; fftw3) library=fftw ;; libcjson) library=cjson ;; libxxhash) library=xxhash ;; zlib) library=zlib-api ;; libtiff-4) library=libtiff ;; esac
  grep -qw "$library" needs || wrong "the recipe does not need $library"
done
for package in $(sed -n '/^needed="/,/"$/p' "$source/jobs/install-packages.sh" | head -3 | tr -d '"' | sed 's/needed=//'); do
  grep -q "$package" "$source/docs/install.md" || wrong "docs/install.md does not name Debian's $package"
done

script=$source/jobs/install-cluster.sh
MPICC=no-such-mpicc sh "$script" "$PWD/prefix" >../out 2>../err && wrong "it goes on without MPI"
grep -q 'no no-such-mpicc: load an MPI module' ../err || wrong "it does not say what is missing: $(cat ../err)"
SOURCES=$PWD sh "$script" "$PWD/prefix" fftw >../out 2>../err && wrong "it goes on without FFTW's archive"
grep -q 'fftw is not found.*load its module' ../err || wrong "it does not ask for fftw: $(cat ../err)"
sh "$script" "$PWD/prefix" cheese >../out 2>../err && wrong "cheese is a part"
grep -q 'the parts are fftw, fftwf, petsc, karhunen and tests' ../err || wrong "it does not list the parts"
finish
