// A start that failed, as the blocking forms throw it.
#pragma once

#include <napi.h>

#include "child_setup.h"

void ThrowSpawnFailure(Napi::Env env, const SpawnFailure& failure);
