/* What the ranks of one field send, message by message: the lists that docs/scaling.md sums up, that replay.c replays
   and that tests/what_is_replayed_is_what_ranks_send.c holds against MPI's own calls.  Needs no library.
     transform   part p of Alltoallv: planes(to) x sheets(from, p) to space, planes(from, p) x sheets(to) to modes, each
                 of `inner` numbers of 8 bytes (src/fft/slabs_plan.h has the parts)
     halo        rows that `to` needs of `from`, n_1 n_2 channels floats each (src/grid/halo.c)
     network     multiplications and additions of the tiles of a slab with their margins (src/nn/local_pass.c) */
#pragma once

#include <math.h>

typedef struct {
  long n[3];                 /* points; 1 beyond dim */
  int  dim, dof, ranks;      /* components; ranks that share the field */
  int  channels, width;      /* of the network's input and of its layers */
  int  layers, dilation[16]; /* of its stencils */
} Field;

static inline long Least(long a, long b)
{
  return a < b ? a : b;
}

static inline long Most(long a, long b)
{
  return a > b ? a : b;
}

static inline int Reach(const Field *f)
{
  int reach = 0;

  for (int l = 0; l < f->layers; l++) reach += f->dilation[l];
  return reach;
}

/* First plane (axis 0) or sheet of modes (axis 1) of rank r; those of rank r + 1 begin where its own end. */
static inline long Start(const Field *f, int axis, int r)
{
  const long extent = axis == 1 && f->dim == 2 ? f->n[1] / 2 + 1 : f->n[axis],
             block  = (extent + f->ranks - 1) / f->ranks;

  return Least(r * block, extent);
}

static inline long Own(const Field *f, int axis, int r)
{
  return Start(f, axis, r + 1) - Start(f, axis, r);
}

/* Numbers at an index of both axes. */
static inline long Inner(const Field *f)
{
  return (f->dim == 3 ? f->n[2] / 2 + 1 : 1) * f->dof * 2;
}

/* Sheets (way 0, to space) or planes (way 1, to modes) that a rank deals between two exchanges, with one thread. */
static inline long PartSize(const Field *f, int way)
{
  const long bytes = 8, extent = way == 1 && f->dim == 2 ? f->n[1] / 2 + 1 : f->n[way], line = 64, part = 1L << 20,
             least = way ? 1 : Most(1, line / (Inner(f) * bytes)), most = Most(part, f->ranks * (64L << 10));

  return Least(Most(1, most / (extent * Inner(f) * bytes * least)) * least, Most(1, Own(f, !way, 0)));
}

static inline long PartsOfTransform(const Field *f, int way)
{
  return (Own(f, !way, 0) + PartSize(f, way) - 1) / PartSize(f, way);
}

/* Bytes of part p of a transform from one rank to another. */
static inline double TransformBytes(const Field *f, int way, long p, int from, int to)
{
  const long size = PartSize(f, way), end = Own(f, !way, from);

  return from == to ? 0 : 8. * (double)(Own(f, way, to) * Least(size, Most(0, end - p * size)) * Inner(f));
}

/* Bytes of one halo from one rank to another, periodic; 0: they are no neighbours. */
static inline double HaloBytes(const Field *f, int from, int to)
{
  const long reach = Reach(f), start = Start(f, 0, to), own = Own(f, 0, to);
  long       rows = 0;

  for (long i = -reach; i < own + reach && from != to; i = i == -1 ? own : i + 1) {
    const long row = ((start + i) % f->n[0] + f->n[0]) % f->n[0];

    rows += row >= Start(f, 0, from) && row < Start(f, 0, from + 1);
  }
  return 4. * (double)(rows * f->n[1] * f->n[2] * f->channels);
}

/* Multiplications and additions of rank r in one evaluation: each layer on the tile and what later layers reach beyond
   it. */
static inline double NetworkFlops(const Field *f, int r)
{
  const long   edge = (long)pow(16384, 1. / f->dim), whole[3] = {Own(f, 0, r), f->n[1], f->n[2]};
  const double taps = f->dim == 2 ? 9 : 27;
  double       sum  = 0;

  for (int l = 0, margin = Reach(f); l < f->layers; l++) {
    double points = 1;

    margin -= f->dilation[l];
    for (int a = 0; a < f->dim; a++) {
      const long size = Least(whole[a], Most(edge, 4 * Reach(f))), tiles = size ? (whole[a] + size - 1) / size : 0;

      points *= (double)(whole[a] + 2 * margin * tiles);
    }
    sum += 2 * points * taps * (l ? f->width : f->channels) * f->width;
  }
  return sum;
}
