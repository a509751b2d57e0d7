/* A network between the values of a field at points, wherever they are: type "transformer" of KarNet. A header of the
   room nn. Level 3.

   h_0 = x A + a
   h  <- h + attention(m_1(h)) O + o,   h <- h + gelu(m_2(h) P + p) Q + q      depth times; m(h) = (1 + s(t)) norm(h) +
   r(t), channel by channel
   y   = norm(h) Y + y_0
   attention: sum_j omega_j e^(q_i.k_j/sqrt c) v_j / sum_j omega_j e^(q_i.k_j/sqrt c), head by head. omega_j is the
   part of the box that point j stands for, so that the sum is an integral, and pairs of channels of q and k are turned
   by phases of the place, so that it sees differences of places alone:
   the law that it describes is stationary, and points have no order. Phases have wave numbers 1, 2, 4, ... along each
   axis of the box.

   Points are those of the net's grid, alike in weight, unless KarTransformerSetPlaces() says where they are; of
   scattered ones the grid is a line. They are dealt over the ranks; keys and values of all are gathered, 2 width
   floats a point and layer. */
#pragma once

#include <karhunen/net.h>

/* Collective; between passes. Another number of points on this rank; KarTransformerSetPlaces() says where they are. */
PETSC_EXTERN PetscErrorCode KarTransformerSetPoints(KarNet net, PetscInt points);
/* Logically collective; after the net's setup, between passes. Places x[points][axes] of this rank's points, in boxes
   along each axis (periodic ones in [0, 1), of a cosine box in [0, 1/2)), and their weights, NULL: alike; copied. axes
   is the parameter "axes" of the net. */
PETSC_EXTERN PetscErrorCode KarTransformerSetPlaces(KarNet net, const PetscReal x[], const PetscReal omega[]);
