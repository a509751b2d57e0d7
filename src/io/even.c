/* Fields of files whose coordinates are not uniform, on points that are: linear along each axis.  Even point j of an
   axis is x_0 + j h, h = (x_{n-1} - x_0)/(n - 1); it lies at place i + (x_0 + j h - x_i)/(x_{i+1} - x_i) of the
   file's. */
#include "datasetimpl.h"

PetscBool kar_axis_even(KarDataset data, PetscInt i, PetscInt n, const double x[])
{
  const double h    = (x[n - 1] - x[0]) / (double)(n - 1);
  PetscInt     from = 0;

  for (PetscInt j = 1; j < n; j++)
    if (!((x[j] - x[j - 1]) * h > 0)) return PETSC_FALSE;
  if (PetscMalloc1(n, &data->place[i])) return PETSC_FALSE;
  for (PetscInt j = 0; j < n; j++) {
    const double at = x[0] + (double)j * h;

    while (from < n - 2 && (x[from + 1] - at) * h <= 0) from++;
    data->place[i][j] = PetscMin((double)(n - 1), (double)from + (at - x[from]) / (x[from + 1] - x[from]));
  }
  return PETSC_TRUE;
}

/* Point j of an axis lies between *first and *first + 1, with weight *more for the second. */
static void Between(const double *place, PetscInt n, PetscInt j, PetscInt *first, double *more)
{
  *first = place ? PetscMax(0, PetscMin(n - 2, (PetscInt)place[j])) : j;
  *more  = place ? place[j] - (double)*first : 0;
}

/* Plane `plane` of the field, from the planes of the file that begin at `low`. */
static void Interpolate(KarDataset data, PetscInt dof, PetscInt plane, PetscInt low, const PetscReal raw[],
                        PetscReal field[])
{
  const PetscInt n1 = data->info.n[1], n2 = data->info.n[2], stride[3] = {n1 * n2 * dof, n2 * dof, dof};
  PetscInt       at[3];
  double         more[3];

  Between(data->place[0], data->info.n[0], plane, &at[0], &more[0]);
  for (PetscInt j = 0; j < n1; j++) {
    Between(data->place[1], n1, j, &at[1], &more[1]);
    for (PetscInt k = 0; k < n2; k++) {
      Between(data->place[2], n2, k, &at[2], &more[2]);
      for (PetscInt c = 0; c < dof; c++) {
        double sum = 0;

        for (int corner = 0; corner < 8; corner++) {
          double   weight = 1;
          PetscInt p      = c - low * stride[0];

          for (int a = 0; a < 3; a++) {
            weight *= corner >> a & 1 ? more[a] : 1 - more[a];
            p += (at[a] + (corner >> a & 1)) * stride[a];
          }
          if (weight != 0) sum += weight * (double)raw[p]; /* what weighs nothing may lie beyond the end */
        }
        *field++ = (PetscReal)sum;
      }
    }
  }
}

PetscBool kar_dataset_read(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                           PetscReal field[], uint64_t *sum, size_t capacity, char why[])
{
  const PetscInt n0 = data->info.n[0], dof = data->variable[v].components, each = kar_dataset_plane(data) * dof;
  PetscInt       low, high;
  double         more;
  PetscReal     *raw;
  PetscBool      good;

  if (planes < 1 || (!data->place[0] && !data->place[1] && !data->place[2]))
    return kar_dataset_read_as_they_are(data, v, sample, plane, planes, field, sum, capacity, why);
  Between(data->place[0], n0, plane, &low, &more);
  Between(data->place[0], n0, plane + planes - 1, &high, &more);
  if (more > 0) high++;
  if (PetscMalloc1((high - low + 1) * each, &raw)) return PETSC_FALSE;
  good = kar_dataset_read_as_they_are(data, v, sample, low, high - low + 1, raw, NULL, capacity, why);
  for (PetscInt p = 0; p < planes && good; p++) Interpolate(data, dof, plane + p, low, raw, field + p * each);
  (void)PetscFree(raw);
  return good;
}
