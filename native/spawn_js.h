// A start that failed, as JavaScript gets it: an error with stage and, where there is one, path.
#pragma once

#include <napi.h>

#include "child_setup.h"

Napi::Error MakeSpawnFailure(Napi::Env env, const SpawnFailure& failure);
void ThrowSpawnFailure(Napi::Env env, const SpawnFailure& failure);
