/* Everything public, lowest level first. */
#pragma once

#include <karhunen/sys.h>
#include <karhunen/types.h>
#include <karhunen/random.h>
#include <karhunen/grid.h>
#include <karhunen/fft.h>
#include <karhunen/io.h>
#include <karhunen/nn.h>
#include <karhunen/stats.h>
#include <karhunen/judge.h>
#include <karhunen/covariance.h>
#include <karhunen/flow.h>
#include <karhunen/plot.h>
#include <karhunen/sde.h>
#include <karhunen/insar.h>
#include <karhunen/denoiser.h>
#include <karhunen/data.h>
#include <karhunen/derived.h>
#include <karhunen/digits.h>
#include <karhunen/observe.h>
#include <karhunen/score.h>
#include <karhunen/posterior.h>
#include <karhunen/sampler.h>
#include <karhunen/smc.h>
#include <karhunen/cascade.h>
#include <karhunen/train.h>
