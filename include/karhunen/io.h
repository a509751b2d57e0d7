/* Files that are whole or absent; fields and models in HDF5. Level 2. */
#pragma once

#include <karhunen/checkpoint.h>
#include <karhunen/dataset.h>
#include <karhunen/file.h>
#include <karhunen/parameter.h>
#include <karhunen/reading.h>
#include <karhunen/stations.h>
