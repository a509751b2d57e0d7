/* Bytes this rank has handed to others, and seconds it has been in MPI's collective calls, since the start. */
#pragma once

void kar_traffic(double *bytes, double *seconds);
