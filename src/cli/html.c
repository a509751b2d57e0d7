/* See html.h.  Rank 0 writes; plots and pictures are drawn into files beside the page, which go into it as data: URLs
   and vanish. */
#include "html.h"

struct _p_Html {
  MPI_Comm    comm;
  char        stem[PETSC_MAX_PATH_LEN];
  KarOutput   output;
  FILE       *file;          /* rank 0 */
  FILE       *table, *shown; /* rank 0, between begin and end: what is printed, and where it goes else */
  PetscBool   figures;       /* their list is open */
  PetscMPIInt rank;
};

static const char *const head =
  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
  "content=\"width=device-width, initial-scale=1\">\n<title>%s</title>\n<style>\n"
  "body { margin: 0 auto; padding: 1rem; max-width: 76rem; font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; "
  "background: #fff; }\n"
  "h1 { font-size: 1.3rem; overflow-wrap: anywhere; }\n"
  "pre { overflow-x: auto; padding: 0.8rem; background: #f5f5f5; font: 0.8rem/1.45 ui-monospace, monospace; }\n"
  ".figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 26rem), 1fr)); }\n"
  "figure { margin: 0; }\nfigure.wide { grid-column: 1 / -1; }\nimg { display: block; width: 100%%; height: auto; "
  "}\nfigcaption { font-size: 0.9rem; color: #444; }\n"
  "footer { margin-top: 1.5rem; font-size: 0.8rem; color: #555; overflow-wrap: anywhere; "
  "}\n</style>\n</head>\n<body>\n";

static void Escape(const char text[], FILE *file)
{
  for (; *text; text++) {
    if (*text == '&') fputs("&amp;", file);
    else if (*text == '<') fputs("&lt;", file);
    else if (*text == '>') fputs("&gt;", file);
    else if (*text == '"') fputs("&quot;", file);
    else fputc(*text, file);
  }
}

PetscErrorCode HtmlCreate(MPI_Comm comm, const char stem[], KarReplace replace, const char title[], Html *html)
{
  char        path[PETSC_MAX_PATH_LEN + 8];
  const char *part;
  Html        h;

  PetscFunctionBegin;
  PetscCall(PetscNew(html));
  h       = *html;
  h->comm = comm;
  PetscCall(PetscStrncpy(h->stem, stem, sizeof(h->stem)));
  PetscCallMPI(MPI_Comm_rank(comm, &h->rank));
  (void)snprintf(path, sizeof(path), "%s.html", stem);
  PetscCall(KarOutputCreate(comm, path, replace, 1 << 20, &h->output));
  PetscCall(KarOutputGetPart(h->output, &part));
  if (h->rank == 0) h->file = fopen(part, "w");
  KarCheckAny(comm, h->rank || h->file, PETSC_ERR_FILE_OPEN, "%s cannot be written: is the disk full?", path);
  if (h->rank == 0) {
    fprintf(h->file, head, "karhunen");
    fprintf(h->file, "<h1>");
    Escape(title, h->file);
    fprintf(h->file, "</h1>\n");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode HtmlBeginTable(Html html)
{
  PetscFunctionBegin;
  if (html->rank == 0) html->table = tmpfile();
  KarCheckAny(html->comm, html->rank || html->table, PETSC_ERR_FILE_OPEN,
              "no room for a temporary file: is the disk full?");
  if (html->rank == 0) {
    html->shown  = PETSC_STDOUT;
    PETSC_STDOUT = html->table;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode HtmlEndTable(Html html)
{
  char line[1024];

  PetscFunctionBegin;
  if (html->rank == 0) {
    PETSC_STDOUT = html->shown;
    rewind(html->table);
    fprintf(html->file, "<pre>");
    while (fgets(line, sizeof(line), html->table)) {
      fputs(line, PETSC_STDOUT);
      Escape(line, html->file);
    }
    fprintf(html->file, "</pre>\n");
    (void)fclose(html->table);
    html->table = NULL;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A file in base 64. */
static PetscBool Encode(const char path[], FILE *to)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned char     byte[3];
  size_t            n;
  FILE             *from = fopen(path, "r");

  if (!from) return PETSC_FALSE;
  while ((n = fread(byte, 1, 3, from)) > 0) {
    const unsigned bits = (unsigned)byte[0] << 16 | (n > 1 ? (unsigned)byte[1] << 8 : 0) | (n > 2 ? byte[2] : 0);

    for (size_t i = 0; i < 4; i++) fputc(i <= n ? letters[bits >> (18 - 6 * i) & 63] : '=', to);
  }
  (void)fclose(from);
  return PETSC_TRUE;
}

/* Takes a file that was drawn into the page, and removes it. */
static PetscErrorCode Take(Html html, const char path[], const char kind[], PetscBool wide, const char caption[])
{
  PetscBool good = PETSC_TRUE;

  PetscFunctionBegin;
  if (html->rank == 0) {
    if (!html->figures) fprintf(html->file, "<div class=\"figures\">\n");
    html->figures = PETSC_TRUE;
    fprintf(html->file, "<figure%s><img alt=\"", wide ? " class=\"wide\"" : "");
    Escape(caption, html->file);
    fprintf(html->file, "\" src=\"data:image/%s;base64,", kind);
    good = Encode(path, html->file);
    fprintf(html->file, "\"><figcaption>");
    Escape(caption, html->file);
    fprintf(html->file, "</figcaption></figure>\n");
    (void)remove(path);
  }
  KarCheckAny(html->comm, good, PETSC_ERR_FILE_READ, "%s cannot be read: is the disk full?", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode HtmlAddPlot(Html html, const KarPlot plot, const char caption[])
{
  char path[PETSC_MAX_PATH_LEN + 16];

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s.html.svg", html->stem);
  PetscCall(KarPlotSave(html->comm, path, KAR_REPLACE, 1, &plot, 1));
  PetscCall(Take(html, path, "svg+xml", PETSC_FALSE, caption));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode HtmlAddFields(Html html, PetscInt n, const KarImage images[], const KarPictureStyle *style,
                             const char caption[])
{
  char path[PETSC_MAX_PATH_LEN + 16];

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s.html.png", html->stem);
  PetscCall(KarPictureFields(html->comm, path, KAR_REPLACE, n, images, style));
  PetscCall(Take(html, path, "png", PETSC_TRUE, caption));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode HtmlCommit(Html *html)
{
  Html        h    = *html;
  PetscBool   good = PETSC_TRUE;
  const char *part;

  PetscFunctionBegin;
  if (h->rank == 0) {
    fprintf(h->file, "%s<footer>Karhunen %s</footer>\n</body>\n</html>\n", h->figures ? "</div>\n" : "",
            KarVersionFull());
    good = (PetscBool)!ferror(h->file);
    if (fclose(h->file)) good = PETSC_FALSE;
    h->file = NULL;
  }
  PetscCall(KarOutputGetPart(h->output, &part));
  KarCheckAny(h->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  PetscCall(KarOutputCommit(&h->output, PETSC_FALSE));
  PetscCall(HtmlDestroy(html));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode HtmlDestroy(Html *html)
{
  PetscFunctionBegin;
  if (!*html) PetscFunctionReturn(PETSC_SUCCESS);
  if ((*html)->file) (void)fclose((*html)->file);
  PetscCall(KarOutputDestroy(&(*html)->output));
  PetscCall(PetscFree(*html));
  PetscFunctionReturn(PETSC_SUCCESS);
}
