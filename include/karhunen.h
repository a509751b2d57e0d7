/* Everything public, lowest level first. */
#pragma once

#include <karhunen/sys.h>
#include <karhunen/random.h>
#include <karhunen/grid.h>
#include <karhunen/io.h>
#include <karhunen/fft.h>
#include <karhunen/covariance.h>
#include <karhunen/sde.h>
#include <karhunen/score.h>
