/* What the files of the classifier share. */
#pragma once

#include "descent.h"
#include "trainimpl.h"
#include <karhunen/classify.h>
#include <karhunen/nn.h>

enum {
  KAR_CLASSIFIER_BANDS   = 3,                        /* octaves that it sees one by one, the finest first */
  KAR_CLASSIFIER_HIDDEN  = 16,                       /* of the head */
  KAR_CLASSIFIER_VIEWS   = 4 + KAR_CLASSIFIER_BANDS, /* the last two of vorticities alone */
  KAR_CLASSIFIER_ANSWERS = 4
}; /* of the network, at most */

struct _p_KarClassifier {
  MPI_Comm    comm;
  char        prefix[64];
  int         rank, ranks;
  PetscInt    steps, batch, patch, seed, warmup, symmetries;
  PetscInt    kind; /* a KarSymmetryKind */
  PetscReal   lr, decay;
  PetscBool   flow;
  PetscInt    count[2];
  float     **fields[2]; /* [count]: coordinates of this rank's; else NULL */
  KarFFT      fft;       /* of whole fields */
  KarGridInfo info;
  PetscInt    modes, local; /* modes; numbers of a field's coordinates */
  PetscInt   *shell, shells;
  PetscReal  *multiplier[KAR_CLASSIFIER_VIEWS]; /* [modes] */
  KarSymmetry symmetry;
  Vec         x, turned, y;
  PetscInt    views, channels, answers, points; /* of a view's numbers; of the network; points of a field */
  float      *view;                             /* [points][channels] */
  PetscInt    n[3], area;                       /* a patch; its points */
  KarNet      net;
  float      *in, *out; /* [area][channels], [area][answers] */
  KarDescent  block[2]; /* of the network; of the head */
};

/* Collective. Multipliers from the spectrum of these fields of a range. */
PetscErrorCode KarClassifierWhiten_Private(KarClassifier c, const KarFieldRange *range, PetscInt count);
/* Not collective. What the network sees of field i, which is this rank's, under symmetry g and the phase's u; c->view.
   */
PetscErrorCode KarClassifierSee_Private(KarClassifier c, PetscInt set, PetscInt i, PetscInt g, const PetscReal u[2]);
/* Not collective; cannot fail. The patch of the view that begins at first[3], in c->in. */
void kar_classifier_cut(KarClassifier c, const PetscInt first[3]);
/* Collective. Blocks of a new run; and none. */
PetscErrorCode KarClassifierStart_Private(KarClassifier c);
PetscErrorCode KarClassifierStop_Private(KarClassifier c);
/* Not collective. The logit of c->in; after it with KAR_NET_KEEP its gradient times dlogit is added to the blocks',
   c->out is spent. */
PetscErrorCode KarClassifierLogit_Private(KarClassifier c, KarNetPass pass, PetscReal *logit);
PetscErrorCode KarClassifierBackward_Private(KarClassifier c, PetscReal dlogit);
