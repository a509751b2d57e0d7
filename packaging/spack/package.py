# A Spack recipe.  In a copy of the sources: spack repo create mine; mkdir -p mine/packages/karhunen; cp packaging/spack/package.py
# mine/packages/karhunen; spack repo add mine; spack dev-build karhunen@0.1.0
from spack.package import *


class Karhunen(CMakePackage):
    """Diffusion models in function space, distributed over MPI: a C library and a program."""

    license("BSD-2-Clause")

    version("0.1.0")

    variant("int64", default=True, description="64-bit PetscInt")
    variant("openmp", default=True, description="Threads inside a rank")

    depends_on("c", type="build")
    depends_on("cmake@3.20:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("petsc@3.18: +mpi ~complex +double +int64", when="+int64")
    depends_on("petsc@3.18: +mpi ~complex +double ~int64", when="~int64")
    depends_on("fftw@3.3.9: +mpi precision=float,double")
    depends_on("hdf5@1.10: +mpi +hl")
    depends_on("openblas")
    depends_on("random123")
    depends_on("cairo +png +pdf +svg +ft +fc")
    depends_on("cjson")
    depends_on("xxhash")
    depends_on("zlib-api")
    depends_on("libtiff")
    depends_on("libgeotiff")

    def cmake_args(self):
        return [
            self.define("KARHUNEN_INDICES", "64" if self.spec.satisfies("+int64") else "32"),
            self.define_from_variant("KARHUNEN_OPENMP", "openmp"),
            self.define("KARHUNEN_TESTS", self.run_tests),
            self.define("MPI_C_COMPILER", self.spec["mpi"].mpicc),
        ]

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_program(self):
        program = Executable(self.prefix.bin.karhunen)
        program("generate", "-grid_n", "8,8", "-out", "check.h5")
        program("verify", "check.h5")
