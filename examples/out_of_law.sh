#!/bin/sh
# Is a field of the law that a model has learnt?  Its nats are ranked among those of fields that are: p is the two-sided
# share of these that are as far out.  Nats are against the Gaussian law of the model's spectrum: fields that are calmer than
# the law's have more of them, not fewer, so that both ends count.
#   sh examples/out_of_law.sh LAW.h5 FIELDS.h5 OPTION...
# LAW.h5: fields of the law that training never saw, some 60 or more; OPTION...: the law, as for `karhunen evaluate
# -likelihood elbo`, -model FILE.h5 say.  Prints field, nats and p of each field of FIELDS.h5, and how many have p < .05.
set -eu
[ $# -ge 3 ] || { echo "sh examples/out_of_law.sh LAW.h5 FIELDS.h5 OPTION..." >&2; exit 1; }
karhunen=${KARHUNEN:-$(cd "$(dirname "$0")/.." && pwd)/build/karhunen}
law=$1 fields=$2
shift 2
nats() { # FILE OPTION...
  file=$1
  shift
  "$karhunen" evaluate -likelihood elbo -data "$file" "$@" >"$work/said" 2>&1 || { tail -1 "$work/said" >&2; exit 1; }
  sed -n 's/^field [0-9]* \([^ ]*\).*/\1/p' "$work/said"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nats "$law" "$@" >"$work/law"
nats "$fields" "$@" >"$work/fields"
awk 'NR == FNR { law[++n] = $1; next }
  { below = above = 0
    for (i = 1; i <= n; i++) { below += law[i] <= $1; above += law[i] >= $1 }
    p = 2 * ((below < above ? below : above) + 1) / (n + 1)
    if (p > 1) p = 1
    out += p < .05
    printf "field %d  %.1f nats  p %.3f\n", m++, $1, p }
  END { printf "%d of %d fields have p < .05\n", out, m }' "$work/law" "$work/fields"
