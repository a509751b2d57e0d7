/* The commands of the program. Each reads its options, checks them all (KarOptionsCheck), then works. */
#pragma once

#include <karhunen.h>

/* Collective on comm. */
typedef PetscErrorCode KarCommandFn(MPI_Comm comm);

typedef struct {
  const char   *name;
  KarCommandFn *run;
  PetscBool     file; /* takes a word, the name of a file */
  const char   *text; /* one line for `karhunen -help` */
} KarCommand;

KarCommandFn KarCommandGenerate, KarCommandTrain, KarCommandEvaluate, KarCommandRender, KarCommandInfo,
  KarCommandVerify;
KarCommandFn KarCommandPlan, KarCommandObserve, KarCommandPosterior, KarCommandApply, KarCommandEncode,
  KarCommandBridge, KarCommandControl;
KarCommandFn KarCommandCalibrate, KarCommandSample, KarCommandTranslate, KarCommandValidate;

/* Collective. The end of set-up: under -help prints the options and sets *done; else refuses unknown ones. */
PetscErrorCode KarCommandReady(MPI_Comm comm, PetscBool *done);
/* Collective. An error when two words follow one another: an option has one value. */
PetscErrorCode KarCommandCheckWords(MPI_Comm comm, int argc, char **argv);
#define KAR_GIVEN_TEXT                                                                                                 \
  "a table x, y, value, with -points and a model of values at places: the draws have these values there"
/* Collective. karhunen sample of a model of values at places. */
PetscErrorCode KarCommandSamplePlaces(MPI_Comm comm, const char model[]);
#define KAR_TRAIN_LEVELS 8
/* Collective. karhunen train of one model; trial: which is written as it is before the first step, once all options
   are read and the data are measured. */
PetscErrorCode KarTrain(MPI_Comm comm, PetscBool trial);
/* Collective. karhunen train -train_levels LEVELS, more than one: runs itself for each, and joins them. */
PetscErrorCode KarTrainLevels(MPI_Comm comm, PetscInt levels);
/* Collective. An error where an option of one level is given. */
PetscErrorCode KarTrainOneLevel(MPI_Comm comm);
/* Collective. Prints what a trained model is; *is: it is one. */
PetscErrorCode KarInfoModel(MPI_Comm comm, const char path[], PetscBool *is);
/* Collective. The grid of -grid_n, -grid_length, -grid_basis and its transform; n and length are the defaults. */
PetscErrorCode KarSetupGrid(MPI_Comm comm, PetscInt dim, const PetscInt n[], const PetscReal length[], PetscInt dof,
                            KarFFT *fft);
/* Collective. Splits comm into groups of -ranks_per_field ranks, each for fields of its own. The caller frees *one. */
PetscErrorCode KarSetupGroups(MPI_Comm comm, PetscInt samples, MPI_Comm *one, PetscInt *groups, PetscInt *group);

/* Collective on one. The law of -model or, without it, that of -grid_n, -cov_*, -sde_*, -score_*, on the ranks of
   `one`; command: for errors. */
PetscErrorCode KarSetupLaw(MPI_Comm comm, MPI_Comm one, const char command[], const char model[], KarScore *score);

/* Not collective. What the fields of a law are called: its model's label, or "u" with the words of an exact law.
   trained: is it a model's? May be NULL. */
PetscErrorCode KarSetupLabel(KarScore score, const char exact[], KarFieldLabel *label, PetscBool *trained);
/* Collective. What a file of drawn fields says of their law: type of the score, order of rows; warns when the file's
   numbers are too coarse for what the fields vary by about their mean. */
PetscErrorCode KarSetupPutLaw(MPI_Comm comm, KarScore score, KarDataset data);
/* Collective on comm. Fields `first` on, *samples of them or, where that is 0, all, of a file whose box must be that of
   *box, which is `whose`; label: of the model that they are data of, NULL: any variable; their grid on the communicator
   of one field. The caller destroys both. */
PetscErrorCode KarSetupOpen(MPI_Comm comm, MPI_Comm one, const char path[], const KarReadOptions *reading,
                            const KarGridInfo *box, const char whose[], const KarFieldLabel *label, PetscInt first,
                            PetscInt *samples, KarDataset *in, KarGrid *grid);
/* Collective on comm. Opens a file on `of`, a part of comm, for the variable that -OPTION names or, without, that of
   the model's name, or the only one. An error where it has none, where what is named follows from the model's variable
   or that from it, or where both say a unit and not the same; a note where it has another name. */
PetscErrorCode KarSetupOpenVariable(MPI_Comm comm, MPI_Comm of, const char option[], const char path[],
                                    const KarReadOptions *reading, const KarFieldLabel *label, KarDataset *data);
/* Collective on comm. The same among the variables of an open file; named: "" without the option. */
PetscErrorCode KarSetupFindVariable(MPI_Comm comm, const char option[], const char path[], KarDataset data,
                                    const char named[], const KarFieldLabel *label, KarVariable *v);
/* Not collective. Is it a unit: neither "" nor "1"? */
PetscBool KarSetupSaysUnits(const char units[]);
/* Collective. Of data that have the field's unit: an error where the model says another; a note where it says none. */
PetscErrorCode KarSetupCheckUnits(MPI_Comm comm, KarScore score, KarObservation obs);
/* Collective on comm. An error where the fields of the file have other dimensions, components, ends or another box. */
PetscErrorCode KarSetupCheckKind(MPI_Comm comm, const char path[], const KarGridInfo *file, const KarGridInfo *box,
                                 const char variable[], const char whose[]);
/* Collective on comm. Is it the models of a cascade, BASE,OCTAVE,..., or the file of one? */
PetscErrorCode KarSetupIsCascade(MPI_Comm comm, const char model[], PetscBool *is);
typedef enum {
  CASCADE_WHOLE, /* -grid_n, where given, is the last octave's */
  CASCADE_CUT,   /* or that of another level: those above it are left out */
  CASCADE_ANY    /* or finer than the last: -octaves_beyond */
} CascadeGrids;
/* Collective. The models of -model BASE,OCTAVE,... as a cascade on the communicator of one field. */
PetscErrorCode KarSetupCascade(MPI_Comm comm, MPI_Comm one, const char model[], CascadeGrids grids,
                               KarCascade *cascade);

enum { BEYOND_GAUSSIAN, BEYOND_SIMILAR, BEYOND_REFUSED };
/* Collective. What lies beyond the last octave: -octaves_beyond, which KarSetupCascade() reads too. */
PetscErrorCode KarSetupBeyond(PetscInt *beyond);

/* Coarser fields of a file that a cascade draws the small scales of. */
typedef struct _p_CoarseFields *CoarseFields;
/* Collective on comm; `one`: the ranks of one field. -coarse, -coarse_draws, -coarse_grid, -coarse_variable, ...; NULL
   without them. last: number of the last sample. The cascade, NULL when there is none, is borrowed. */
PetscErrorCode CoarseFieldsCreate(MPI_Comm comm, MPI_Comm one, KarCascade cascade, PetscInt last, CoarseFields *fields);
/* Collective on `one`. Gives the cascade the field of this sample; nothing where fields is NULL. */
PetscErrorCode CoarseFieldsSet(CoarseFields fields, PetscInt sample);
/* Not collective; cannot fail. Draws of each field in turn, for the file; 0 where fields is NULL. */
PetscInt       kar_coarse_draws(CoarseFields fields);
PetscErrorCode CoarseFieldsDestroy(CoarseFields *fields);

/* Fields of a file that draws start near. */
typedef struct _p_NearFields *NearFields;
/* Collective on comm; `one`: the ranks of one field. -near, -near_noise, -near_draws, -near_variable, ...; NULL without
   them. The cascade, NULL when there is none, or the score and its sampler are borrowed. last: as above. */
PetscErrorCode NearFieldsCreate(MPI_Comm comm, MPI_Comm one, KarCascade cascade, KarScore score, TS ts, PetscInt last,
                                NearFields *fields);
/* Collective on `one`. Draws of this sample start near its field; nothing where fields is NULL. */
PetscErrorCode NearFieldsSet(NearFields fields, PetscInt sample);
PetscErrorCode NearFieldsDestroy(NearFields *fields);

/* The fields that a model's decoder makes of latents (karhunen/implicit.h). */
typedef struct _p_Decoder *Decoder;
/* Collective. NULL where the score is of no latents, or -decode false is given; -grid_n is then the grid of the fields.
   The score must live as long. */
PetscErrorCode DecoderCreate(KarScore score, Decoder *decoder);
/* Not collective. Borrowed. */
PetscErrorCode DecoderGet(Decoder decoder, KarImplicit *of, KarGrid *grid);
/* Collective. The latents of coordinates x, on every rank; borrowed. */
PetscErrorCode DecoderTake(Decoder decoder, Vec x, const float *z[]);
/* Collective. The field of coordinates x of latents, on the decoder's grid. */
PetscErrorCode DecoderField(Decoder decoder, Vec x, Vec field);
PetscErrorCode DecoderDestroy(Decoder *decoder);

/* Fields drawn at the places of a file, instead of on the grid. */
typedef struct _p_AtPlaces *AtPlaces;
/* Collective on comm; fft lives on `one`, of as many ranks in each group; decoder may be NULL. Claims `out`, for
   `samples` fields named by the label. */
PetscErrorCode AtPlacesCreate(MPI_Comm comm, MPI_Comm one, const char places[], const char out[], KarReplace replace,
                              KarFFT fft, Decoder decoder, const KarFieldLabel *label, const char title[],
                              PetscInt samples, AtPlaces *at);
/* Collective on `one`. The field with coordinates x at the places. */
PetscErrorCode AtPlacesTake(AtPlaces at, Vec x);
/* Collective on comm. Group g has taken sample first + g, of `count` groups: all go to the file. */
PetscErrorCode AtPlacesWrite(AtPlaces at, PetscInt first, PetscInt count);
/* Not collective. The file, for attributes; borrowed. */
KarStations kar_at_places_file(AtPlaces at);
/* Collective. Keeps the file, or not. */
PetscErrorCode AtPlacesDestroy(AtPlaces *at, PetscBool keep);

/* What models are told of each draw: -condition. */
typedef struct _p_Told *Told;
/* Collective. Reads the option. */
PetscErrorCode ToldFromOptions(MPI_Comm comm, MPI_Comm one, Told *told);
/* Collective on comm, once the score, or the levels of the cascade where it is not NULL, are set up. Opens what their
   models need; what is given and not needed is an error. */
PetscErrorCode ToldAddLevels(Told told, KarScore score, KarCascade cascade);
/* Collective on one. Tells all models of draw number `draw`; previous: coordinates of the state before, NULL: that of
   the file. */
PetscErrorCode ToldTell(Told told, PetscInt draw, Vec previous);
PetscErrorCode ToldDestroy(Told *told);

/* Collective. An image of one sample at scattered places of a plane or a line: each pixel has the value of the place
   nearest to it. */
PetscErrorCode ImageOfStations(MPI_Comm comm, KarStations set, PetscInt sample, PetscInt component, PetscInt pixels,
                               KarImage *image);
/* Collective, when every option is named. The run of the file: a journal, and with resume the samples of before are
   kept. */
PetscErrorCode KarSetupRun(MPI_Comm comm, PetscBool resume, KarDataset data);
/* Collective, when the file is set up. Numbers of the lots of `each` samples that are not all there yet, which the
   caller frees; says how many are. */
PetscErrorCode KarSetupTodo(MPI_Comm comm, KarDataset data, const char out[], PetscBool resume, PetscInt samples,
                            PetscInt each, PetscInt *n, PetscInt **todo);

/* Collective. Title, number of samples and the one variable of a file of fields; label->variable becomes one that a
   file may have. */
PetscErrorCode KarSetupFields(KarDataset data, KarFieldLabel *label, PetscInt components, const char title[],
                              PetscInt samples);
/* Work in rounds of one piece a group. */
typedef struct {
  MPI_Comm        comm;
  const char     *name; /* of the command */
  PetscInt        n;    /* pieces */
  const PetscInt *todo; /* [n] their numbers; NULL: 0, ..., n - 1 */
  PetscInt        groups, group;
  PetscErrorCode (*draw)(void *context, PetscInt i, PetscBool *whole); /* collective on a group; whole: not stopped */
  void *context;
} KarRounds;
/* Collective on comm. Until all pieces are done or the run is asked to stop; what one group finds, all hear of. *done
   counts pieces from the first on. */
PetscErrorCode KarSetupRounds(const KarRounds *rounds, PetscInt *done);
/* Collective on comm. The end of one round: an error of any group is returned on all, and *whole is false where any
   group's is. */
PetscErrorCode KarSetupRound(MPI_Comm comm, int code, PetscBool *whole);
/* Collective. The file gets its name with the first `whole` of `all` pieces (samples, runs), after an error `code` too,
   and what is left is said. */
PetscErrorCode KarSetupEnd(MPI_Comm comm, KarDataset *data, const char out[], const char pieces[], PetscInt whole,
                           PetscInt all, PetscErrorCode code);

/* What a run has used so far. */
typedef struct {
  PetscReal cpu;  /* seconds of processor time, all ranks and threads together */
  PetscReal peak; /* largest resident bytes of a rank, program and MPI included */
  PetscReal sent; /* bytes between ranks, all together, sums over ranks apart */
} KarUsage;
/* Collective. */
PetscErrorCode KarGetUsage(MPI_Comm comm, KarUsage *usage);
