/* A report as one page that needs nothing else: a table as text, plots as SVG, pictures as PNG, all within the file. */
#pragma once

#include "cli.h"

typedef struct _p_Html *Html;
/* Collective. Claims stem.html. */
PetscErrorCode HtmlCreate(MPI_Comm comm, const char stem[], KarReplace replace, const char title[], Html *html);
/* Collective. Between these two, what is printed goes to standard output and, as a table, into the page. */
PetscErrorCode HtmlBeginTable(Html html);
PetscErrorCode HtmlEndTable(Html html);
/* Collective. Each at the end of the page. */
PetscErrorCode HtmlAddPlot(Html html, const KarPlot plot, const char caption[]);
PetscErrorCode HtmlAddFields(Html html, PetscInt n, const KarImage images[], const KarPictureStyle *style,
                             const char caption[]);
/* Collective. Gives the page its name. */
PetscErrorCode HtmlCommit(Html *html);
/* Collective. Without HtmlCommit() the page vanishes. */
PetscErrorCode HtmlDestroy(Html *html);
