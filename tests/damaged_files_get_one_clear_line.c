/* Files of others, damaged: bits flipped, bytes set to extremes, ends cut, parts moved.  Whatever is left is read, or
   refused in one line; nothing crashes, hangs or writes a word of its own.  Each file is read in a process of its own,
   of SECONDS of processor time.  A damaged HDF5 file that libhdf5 by itself cannot survive is counted as the
   library's, and said to be. The damage is a function of -seed (1) and of the file's number, 0 to -files (40) of each
   kind; a long run:
     sh tests/mpi.sh 1 build/tests/damaged_files_get_one_clear_line -files 1000 -seed 2 */
#include "scenes.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define SECONDS 10
#define ROOM    65536 /* of the largest file; the rest of the room is for what damage adds */

#if defined(__SANITIZE_ADDRESS__)
/* More memory than there is is refused by the sanitizer as by a machine, with NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
  return "allocator_may_return_null=1:detect_leaks=0";
}
#endif

enum { READ, REFUSED, TWO_LINES, CRASHED };

static PetscErrorCode ReadScene(const char path[])
{
  const KarSceneOptions none = {.format = KAR_SCENE_AUTO};
  KarScene              scene;

  PetscFunctionBegin;
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  for (PetscInt i = 0; i < scene.n[0] * scene.n[1]; i++)
    Claim(scene.valid[i] <= 1 && fabsf(scene.phase[i]) <= (float)M_PI, "pixel %d: %g", (int)i, (double)scene.phase[i]);
  PetscCall(KarSceneDestroy(&scene));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadDigits(const char path[])
{
  KarIDX idx = {0};

  PetscFunctionBegin;
  PetscCall(KarIDXRead(PETSC_COMM_WORLD, path, &idx));
  PetscCall(KarIDXDestroy(&idx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* libhdf5's own calls that reading a scene takes. */
static herr_t ReadAttribute(hid_t object, const char name[], const H5A_info_t *info, void *context)
{
  char  text[4096];
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);

  if (H5Tget_size(type) <= sizeof(text)) (void)H5Aread(attribute, type, text);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return 0;
}

static PetscErrorCode ReadByLibrary(const char path[])
{
  static const char *const names[] = {"wrapPhase", "unwrapPhase", "phase", "complex"};
  static float             values[1 << 20];
  hid_t                    file, data;

  PetscFunctionBegin;
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  (void)H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, ReadAttribute, NULL);
  for (int i = 0; i < 4; i++)
    if (H5Lexists(file, names[i], H5P_DEFAULT) > 0 && (data = H5Dopen2(file, names[i], H5P_DEFAULT)) >= 0) {
      (void)H5Aiterate2(data, H5_INDEX_NAME, H5_ITER_INC, NULL, ReadAttribute, NULL);
      if (H5Dget_storage_size(data) <= sizeof(values)) {
        hid_t space = H5Dget_space(data), type = H5Dget_type(data);

        if (H5Sget_simple_extent_npoints(space) * (hssize_t)H5Tget_size(type) <= (hssize_t)sizeof(values))
          (void)H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        (void)H5Tclose(type);
        (void)H5Sclose(space);
      }
      (void)H5Dclose(data);
    }
  (void)H5Fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether anything was said; that there is no such memory, which the sanitizer also says of a library's request, does
   not count. */
static PetscBool Spoke(const char words[])
{
  char      line[512];
  FILE     *file  = fopen(words, "r");
  PetscBool spoke = PETSC_FALSE;

  while (file && fgets(line, sizeof(line), file))
    if (!strstr(line, "Sanitizer failed to allocate")) spoke = PETSC_TRUE;
  if (file) (void)fclose(file);
  return spoke;
}

/* What becomes of `read` in a process of its own, whose stderr goes to the file `words`. */
static int InAnother(PetscErrorCode (*read)(const char[]), const char path[], const char words[])
{
  const struct rlimit limit = {SECONDS, SECONDS + 1}, none = {0, 0};
  const pid_t         pid = fork();
  int                 status;

  if (pid == 0) {
    (void)setrlimit(RLIMIT_CPU, &limit);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)alarm(60 * SECONDS);
    if (!freopen(words, "w", stderr)) _exit(CRASHED);
    claims_failed = 0;
    last_error[0] = 0;
    (void)PetscPushErrorHandler(KeepError, NULL);
    status = read(path) ? REFUSED : READ;
    if (claims_failed || (status == REFUSED) != (last_error[0] != 0) || strchr(last_error, '\n')) status = TWO_LINES;
    if (status == TWO_LINES) fprintf(stderr, "its error: '%s'\n", last_error);
    (void)fflush(stderr);
    _exit(100 + status);
  }
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return CRASHED;
  if (WEXITSTATUS(status) < 100) return CRASHED;
  return Spoke(words) ? TWO_LINES : WEXITSTATUS(status) - 100;
}

typedef struct {
  const char *name;  /* of the file that is damaged */
  const char *whole; /* the file that is read, when it is another */
  PetscErrorCode (*read)(const char[]);
  PetscBool hdf5;
} Kind;

static const Kind kinds[] = {
  {"strips.tif", NULL, ReadScene, PETSC_FALSE},
  {"tiles.tif", NULL, ReadScene, PETSC_FALSE},
  {"big.tif", NULL, ReadScene, PETSC_FALSE},
  {"scene.int", NULL, ReadScene, PETSC_FALSE},
  {"scene.int.rsc", "scene.int", ReadScene, PETSC_FALSE},
  {"scene.unw.par", "scene.unw", ReadScene, PETSC_FALSE},
  {"plane.h5", NULL, ReadScene, PETSC_TRUE},
  {"stack.h5", NULL, ReadScene, PETSC_TRUE},
  {"complex.h5", NULL, ReadScene, PETSC_TRUE},
  {"digits.idx", NULL, ReadDigits, PETSC_FALSE},
  {"digits.gz", NULL, ReadDigits, PETSC_FALSE},
};

static PetscErrorCode WriteDigits(void)
{
  unsigned char bytes[16 + 3 * 5 * 4] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 4};
  char          path[PETSC_MAX_PATH_LEN], packed[PETSC_MAX_PATH_LEN], command[2 * PETSC_MAX_PATH_LEN + 32];

  PetscFunctionBegin;
  for (size_t i = 16; i < sizeof(bytes); i++) bytes[i] = (unsigned char)(37 * i);
  PetscCall(ScratchFile("digits.idx", path));
  WriteBytes(path, bytes, sizeof(bytes));
  PetscCall(ScratchFile("digits.gz", packed));
  (void)snprintf(command, sizeof(command), "gzip -nc '%s' > '%s'", path, packed);
  Claim(!Shell(command), "%s", command);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteSound(void)
{
  const char rsc[] =
    "WIDTH       21\nFILE_LENGTH  13\nX_FIRST -91.5\nY_FIRST 0.25\nX_STEP 0.001\nY_STEP -0.001\nWAVELENGTH 0.0554658\n";
  const char par[] =
    "title: x\nwidth:   21\nnlines:  13\ncorner_lat:  0.2495 decimal degrees\ncorner_lon: -91.4995 decimal degrees\n"
    "post_lat: -1.0e-03 decimal degrees\npost_lon: 1.0e-03 decimal degrees\nradar_frequency: 5.4049999e+09 Hz\n";
  char  path[PETSC_MAX_PATH_LEN];
  float pairs[2 * SIZE];

  PetscFunctionBegin;
  FillPhase();
  for (int i = 0; i < 2 * SIZE; i++) pairs[i] = i % 2 ? sinf(phase[i / 2]) : cosf(phase[i / 2]);
  PetscCall(ScratchFile("strips.tif", path));
  WriteTiff(path, "wl", COMPRESSION_NONE, 0, 0, 4, SAMPLEFORMAT_IEEEFP, 32, 1, 1);
  PetscCall(ScratchFile("tiles.tif", path));
  WriteTiff(path, "wb", COMPRESSION_ADOBE_DEFLATE, 3, 16, 0, SAMPLEFORMAT_IEEEFP, 32, 1, 1);
  PetscCall(ScratchFile("big.tif", path));
  WriteTiff(path, "w8l", COMPRESSION_LZW, 0, 0, 5, SAMPLEFORMAT_IEEEFP, 32, 1, 1);
  PetscCall(ScratchFile("scene.int", path));
  WriteBytes(path, pairs, sizeof(pairs));
  PetscCall(ScratchFile("scene.int.rsc", path));
  WriteBytes(path, rsc, sizeof(rsc) - 1);
  PetscCall(ScratchFile("scene.unw", path));
  WriteBytes(path, phase, sizeof(phase));
  PetscCall(ScratchFile("scene.unw.par", path));
  WriteBytes(path, par, sizeof(par) - 1);
  PetscCall(ScratchFile("plane.h5", path));
  WriteHDF5(path, "wrapPhase", H5T_IEEE_F32LE, -1, "radian");
  PetscCall(ScratchFile("stack.h5", path));
  WriteHDF5(path, "unwrapPhase", H5T_IEEE_F32BE, 0, "radian");
  PetscCall(ScratchFile("complex.h5", path));
  WriteComplexHDF5(path, H5T_IEEE_F32LE, pairs);
  PetscCall(WriteDigits());
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A whole number below n, the i-th of a file. */
static size_t Below(KarKey key, PetscInt i, size_t n)
{
  PetscReal u[2];

  kar_uniform_pair(key, i, 0, 0, u);
  return PetscMin((size_t)(u[0] * (PetscReal)n), n - 1);
}

/* A place in the file; half of them near one of its ends, where headers and directories are. */
static size_t Place(KarKey key, PetscInt i, size_t size)
{
  const size_t near = PetscMin(size, 256);

  switch (Below(key, 1000 + i, 4)) {
  case 0: return Below(key, i, near);
  case 1: return size - 1 - Below(key, i, near);
  default: return Below(key, i, size);
  }
}

/* One to four acts of damage; the new size. */
static size_t Damage(KarKey key, size_t size, unsigned char bytes[2 * ROOM])
{
  static const unsigned char extremes[][4] = {{0, 0, 0, 0},         {255, 255, 255, 255}, {127, 255, 255, 255},
                                              {255, 255, 255, 127}, {0, 0, 16, 0},        {1, 0, 0, 0},
                                              {0, 0, 0, 1},         {'9', '9', '9', '9'}};
  const size_t               acts          = 1 + Below(key, 0, 4);

  for (size_t act = 0; act < acts && size > 4; act++) {
    const PetscInt base = 10 + 100 * (PetscInt)act;
    const size_t   at = Place(key, base, size), from = Place(key, base + 1, size),
                 count = PetscMin(1 + Below(key, base + 2, 64), size - PetscMax(at, from));

    switch (Below(key, base + 3, 8)) {
    case 0: size = at + 1; break;                                                             /* cut */
    case 1: memmove(bytes + at, bytes + from, count); break;                                  /* a part over another */
    case 2: memmove(bytes + at, bytes + at + count, size - at - count), size -= count; break; /* a part lost */
    case 3: memmove(bytes + at + count, bytes + at, size - at), size += count; break;         /* a part twice */
    case 4:
    case 5: memcpy(bytes + PetscMin(at, size - 4), extremes[Below(key, base + 4, 8)], 4); break;
    default:
      for (size_t i = 0; i <= Below(key, base + 5, 8); i++)
        bytes[Place(key, base + 6 + (PetscInt)i, size)] ^= (unsigned char)(1 << Below(key, base + 20 + (PetscInt)i, 8));
    }
  }
  return size;
}

static void Show(const Kind *kind, KarKey key, int end, const char words[])
{
  char  line[512];
  FILE *file = fopen(words, "r");

  while (file && fgets(line, sizeof(line), file)) (void)fputs(line, stderr);
  if (file) (void)fclose(file);
  Claim(end == READ || end == REFUSED, "%s, seed %d, file %d: %s", kind->name, (int)key.seed, (int)key.sample,
        end == CRASHED ? "a crash, a hang or a sanitizer's report" : "more than one line, or none");
}

static PetscErrorCode Try(const Kind *kind, PetscInt number, PetscInt seed, PetscInt files)
{
  static unsigned char sound[ROOM], bytes[2 * ROOM];
  char                 path[PETSC_MAX_PATH_LEN], whole[PETSC_MAX_PATH_LEN], words[PETSC_MAX_PATH_LEN];
  PetscInt             count[4] = {0}, library = 0;
  size_t               size;
  FILE                *file;

  PetscFunctionBegin;
  PetscCall(ScratchFile("words", words));
  PetscCall(ScratchFile(kind->name, path));
  PetscCall(ScratchFile(kind->whole ? kind->whole : kind->name, whole));
  file = fopen(path, "rb");
  size = fread(sound, 1, sizeof(sound), file);
  (void)fclose(file);
  Claim(size && size < ROOM, "%s: %zu bytes", path, size);
  Claim(InAnother(kind->read, whole, words) == READ, "%s: the sound file is not read", kind->name);
  for (PetscInt i = 0; i < files; i++) {
    const KarKey key = {.seed = seed, .sample = i, .component = number, .stream = KAR_STREAM_TEST};
    int          end;

    memcpy(bytes, sound, size);
    WriteBytes(path, bytes, Damage(key, size, bytes));
    end = InAnother(kind->read, whole, words);
    count[end]++;
    if (end == CRASHED && kind->hdf5 && InAnother(ReadByLibrary, path, words) == CRASHED) library++;
    else Show(kind, key, end, words);
  }
  WriteBytes(path, sound, size);
  printf("%-14s %5d read, %5d refused", kind->name, (int)count[READ], (int)count[REFUSED]);
  if (library) printf(", %d that libhdf5 by itself does not survive", (int)library);
  printf("\n");
  Claim(count[REFUSED] || !strcmp(kind->name, "scene.int.rsc"), "%s: damage never shows", kind->name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscInt files = 40, seed = 1;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-files", &files, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-seed", &seed, NULL));
  PetscCall(WriteSound());
  (void)fflush(stdout);
  for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) PetscCall(Try(&kinds[k], (PetscInt)k, seed, files));
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
