/* A table |k| -> lambda: mode 0 has its own value, log lambda is linear in log k in between, and beyond the table
     log lambda = c - p log k - r k,   p, r >= 0, least squares on the upper half of the band, both terms together */
#include <karhunen/impl/covariance.h>

#include <math.h>
#include <stdio.h>

typedef struct {
  PetscInt  n; /* entries with k > 0 */
  PetscReal zero, c, p, r;
  PetscReal values[]; /* log k of each, then log lambda of each */
} Spectrum;

static PetscReal Density(KarCov cov, PetscReal k)
{
  const Spectrum  *s = cov->context;
  const PetscReal *x = s->values, *y = s->values + s->n;
  PetscInt         low = 0, high = s->n - 1;
  PetscReal        u;

  if (k <= 0) return s->zero;
  u = PetscLogReal(k);
  if (u > x[high]) return PetscExpReal(s->c - s->p * u - s->r * k);
  if (u <= x[0] || s->n == 1) return PetscExpReal(y[0]);
  while (high - low > 1) {
    const PetscInt middle = (low + high) / 2;

    if (x[middle] <= u) low = middle;
    else high = middle;
  }
  return PetscExpReal(y[low] + (y[high] - y[low]) * (u - x[low]) / (x[high] - x[low]));
}

/* Least squares of y on -log k and -k for the entries from first on; uses[] says which of the two take part. */
static PetscReal Fit(Spectrum *s, PetscInt first, const PetscBool uses[2])
{
  const PetscReal *x = s->values, *y = s->values + s->n;
  const PetscReal  n    = (PetscReal)(s->n - first);
  PetscReal        m[2] = {0}, my = 0, a[2][2] = {{0}}, b[2] = {0}, q[2] = {0}, error = 0;

  for (PetscInt i = first; i < s->n; i++) m[0] -= x[i] / n, m[1] -= PetscExpReal(x[i]) / n, my += y[i] / n;
  for (PetscInt i = first; i < s->n; i++) {
    const PetscReal v[2] = {-x[i] - m[0], -PetscExpReal(x[i]) - m[1]};

    for (int p = 0; p < 2; p++) {
      b[p] += v[p] * (y[i] - my);
      for (int l = 0; l < 2; l++) a[p][l] += v[p] * v[l];
    }
  }
  if (uses[0] && uses[1]) {
    const PetscReal determinant = a[0][0] * a[1][1] - a[0][1] * a[1][0];

    if (determinant > 1e-12 * a[0][0] * a[1][1]) {
      q[0] = (b[0] * a[1][1] - b[1] * a[0][1]) / determinant;
      q[1] = (b[1] * a[0][0] - b[0] * a[1][0]) / determinant;
    } else q[0] = -1;
  } else if (uses[0]) q[0] = a[0][0] > 0 ? b[0] / a[0][0] : 0;
  else q[1] = a[1][1] > 0 ? b[1] / a[1][1] : 0;
  s->p = q[0];
  s->r = q[1];
  s->c = my - q[0] * m[0] - q[1] * m[1];
  for (PetscInt i = first; i < s->n; i++) error += PetscSqr(y[i] - s->c + s->p * x[i] + s->r * PetscExpReal(x[i]));
  return error;
}

/* The best fit that is admissible: both terms, else the better one alone; a power is at least `least`, so that the sum
   converges. */
static void FitTail(Spectrum *s, PetscReal least)
{
  const PetscBool both[2] = {PETSC_TRUE, PETSC_TRUE}, power[2] = {PETSC_TRUE, PETSC_FALSE},
                  exponential[2] = {PETSC_FALSE, PETSC_TRUE};
  const PetscReal end            = s->values[s->n - 1];
  PetscInt        first          = 0;

  while (first < s->n - 3 && s->values[first] < end - PetscLogReal(2.)) first++;
  (void)Fit(s, first, both);
  if (s->p < 0 || s->r < 0) {
    const PetscReal e = Fit(s, first, exponential), r = s->r, f = Fit(s, first, power);

    if (r > 0 && (e < f || s->p < 0)) (void)Fit(s, first, exponential);
    else if (s->p < 0) s->p = 0, s->c = s->values[2 * s->n - 1];
  }
  if (s->r * PetscExpReal(end) < 1e-6) {
    s->r = 0;
    if (s->p < least) s->p = least, s->c = s->values[2 * s->n - 1] + s->p * end;
  }
}

static PetscErrorCode SetUp(KarCov cov)
{
  Spectrum *s = cov->context;

  PetscFunctionBegin;
  KarCheck(
    cov->info.comm, s && s->n > 0, PETSC_ERR_ORDER,
    "the spectrum covariance has no table: give -%scov_file FILE with lines \"k lambda\", or -%scov_data FIELDS.h5",
    cov->prefix, cov->prefix);
  cov->smooth_from = PetscExpReal(s->values[s->n - 1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetSpectrum(KarCov cov, PetscInt n, const PetscReal k[], const PetscReal lambda[])
{
  const MPI_Comm comm = cov->info.comm;
  PetscInt       first;
  Spectrum      *s;

  PetscFunctionBegin;
  PetscCall(KarCovSetType(cov, KARCOVSPECTRUM));
  for (PetscInt i = 0; i < n; i++) {
    KarCheck(comm, k[i] >= 0 && lambda[i] >= 0 && lambda[i] < PETSC_MAX_REAL, PETSC_ERR_USER_INPUT,
             "the spectrum's line %" PetscInt_FMT ", k %g lambda %g: both must be finite and not negative", i + 1,
             (double)k[i], (double)lambda[i]);
    KarCheck(comm, i == 0 || k[i] > k[i - 1], PETSC_ERR_USER_INPUT,
             "the spectrum's line %" PetscInt_FMT ", k %g: sort the wave numbers, each once", i + 1, (double)k[i]);
  }
  while (n > 0 && lambda[n - 1] <= 0) n--;
  first = n > 0 && k[0] == 0 ? 1 : 0;
  KarCheck(comm, n > first, PETSC_ERR_USER_INPUT,
           "the spectrum has no positive value at any |k| > 0: do the fields vary?");
  PetscCall(PetscFree(cov->context));
  PetscCall(PetscMalloc(sizeof(*s) + 2 * (size_t)(n - first) * sizeof(PetscReal), &s));
  s->n    = n - first;
  s->zero = lambda[0];
  for (PetscInt i = first; i < n; i++) {
    KarCheck(comm, lambda[i] > 0, PETSC_ERR_USER_INPUT,
             "the spectrum's line %" PetscInt_FMT ", k %g: lambda may be 0 at the end alone", i + 1, (double)k[i]);
    s->values[i - first]        = PetscLogReal(k[i]);
    s->values[s->n + i - first] = PetscLogReal(lambda[i]);
  }
  FitTail(s, (PetscReal)cov->info.dim + 0.5);
  cov->context = s;
  cov->ready   = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0 reads lines "k lambda"; # starts a comment. *n is -1 when the file cannot be opened, -2 - line when a line is
   malformed. */
static void ReadTable(const char path[], PetscInt capacity, PetscInt *n, PetscReal table[][2])
{
  FILE *file = fopen(path, "r");
  char  line[512];
  int   number = 0;

  *n = file ? 0 : -1;
  while (file && *n >= 0 && *n < capacity && fgets(line, sizeof(line), file)) {
    const char *at = line + strspn(line, " \t\r\n");

    number++;
    if (!*at || *at == '#') continue;
    if (sscanf(at, "%lf%*[ ,\t]%lf", &table[*n][0], &table[*n][1]) == 2) (*n)++;
    else *n = -2 - number;
  }
  if (file) (void)fclose(file);
}

/* The shell averages of a file's fields, their mean apart. */
static PetscErrorCode Measure(KarCov cov, const char path[])
{
  const PetscReal *k, *lambda;
  KarDataset       data;
  KarDatasetInfo   info;
  KarGrid          grid;
  KarFFT           fft;
  KarCovEstimate   estimate;
  Vec              field, x;
  PetscInt         n;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(cov->info.comm, path, &data));
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(KarDatasetCreateGrid(data, cov->info.comm, NULL, &grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarCovEstimateCreate(fft, &estimate));
  for (PetscInt i = 0; i < info.samples; i++) {
    PetscCall(KarDatasetRead(data, NULL, i, field));
    PetscCall(KarFFTForward(fft, field, x));
    PetscCall(KarCovEstimateAdd(estimate, x));
  }
  PetscCall(KarCovEstimateFinish(estimate, cov->info.comm, &n, &k, &lambda, NULL));
  PetscCall(KarCovSetSpectrum(cov, n, k, lambda));
  PetscCall(KarCovEstimateDestroy(&estimate));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarCov cov)
{
  const PetscInt capacity                 = 1 << 16;
  char           path[PETSC_MAX_PATH_LEN] = "", data[PETSC_MAX_PATH_LEN] = "", prefix[80];
  PetscReal(*table)[2], *k, *lambda;
  PetscInt    n = 0;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%scov_", cov->prefix));
  PetscCall(
    KarOptionsString(prefix, "file", "table of the spectrum: lines \"|k| lambda\", ascending", sizeof(path), path));
  PetscCall(KarOptionsString(prefix, "data",
                             "in place of a table, a file of fields, whose power is averaged over shells of |k|",
                             sizeof(data), data));
  KarCheck(cov->info.comm, !path[0] || !data[0], PETSC_ERR_USER_INPUT, "-%sfile and -%sdata: give one of them", prefix,
           prefix);
  if (data[0] && !KarOptionsHelping()) PetscCall(Measure(cov, data));
  if (!path[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(cov->info.comm, &rank));
  PetscCall(PetscMalloc3(capacity, &table, capacity, &k, capacity, &lambda));
  if (rank == 0) ReadTable(path, capacity, &n, table);
  PetscCallMPI(MPI_Bcast(&n, 1, MPIU_INT, 0, cov->info.comm));
  KarCheck(cov->info.comm, n != -1, PETSC_ERR_FILE_OPEN, "-%sfile %s: cannot be read", prefix, path);
  KarCheck(cov->info.comm, n >= 0, PETSC_ERR_FILE_READ,
           "-%sfile %s: line %" PetscInt_FMT " is not two numbers, |k| and lambda", prefix, path, -2 - n);
  PetscCallMPI(MPI_Bcast(table, (PetscMPIInt)(2 * n), MPIU_REAL, 0, cov->info.comm));
  for (PetscInt i = 0; i < n; i++) k[i] = table[i][0], lambda[i] = table[i][1];
  PetscCall(KarCovSetSpectrum(cov, n, k, lambda));
  PetscCall(PetscFree3(table, k, lambda));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Save(KarCov cov, KarCheckpoint file, const char group[])
{
  const Spectrum *s        = cov->context;
  const PetscInt  shape[2] = {2, s->n};
  char            name[128];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/log_table", group));
  PetscCall(KarCheckpointPutReals(file, name, 2, shape, s->values));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/zero", group));
  PetscCall(KarCheckpointPutReal(file, name, s->zero));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Load(KarCov cov, KarCheckpoint file, const char group[])
{
  char      name[128];
  PetscInt  ndim, shape[8];
  Spectrum *s;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/log_table", group));
  PetscCall(KarCheckpointGetShape(file, name, &ndim, shape));
  PetscCall(PetscMalloc(sizeof(*s) + 2 * (size_t)shape[1] * sizeof(PetscReal), &s));
  s->n = shape[1];
  PetscCall(KarCheckpointGetReals(file, name, 2 * s->n, s->values));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/zero", group));
  PetscCall(KarCheckpointGetReal(file, name, &s->zero));
  FitTail(s, (PetscReal)cov->info.dim + 0.5);
  PetscCall(PetscFree(cov->context));
  cov->context = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovCreate_Spectrum(KarCov cov)
{
  PetscFunctionBegin;
  cov->absolute           = PETSC_TRUE;
  cov->ops.density        = Density;
  cov->ops.setup          = SetUp;
  cov->ops.setfromoptions = SetFromOptions;
  cov->ops.save           = Save;
  cov->ops.load           = Load;
  PetscFunctionReturn(PETSC_SUCCESS);
}
