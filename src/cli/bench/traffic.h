/* What this rank has handed to others, and seconds it has been in MPI's calls, since the start. */
#pragma once

typedef struct {
  double bytes, messages, seconds; /* messages: to one rank each, none of them empty; sums over ranks are not counted */
} KarTraffic;

void kar_traffic(KarTraffic *traffic);
