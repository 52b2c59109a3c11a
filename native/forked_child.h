// What a forked child does before any of its JavaScript runs, so that it is whole.
#pragma once

#include <napi.h>
#include <uv.h>

#include "node_internals.h"

// The environment of the JavaScript that runs.
node::Environment* CurrentEnvironment();

// Makes the event loop one of its own, with the wake-ups that were under way.
void RenewLoop(uv_loop_t* loop);

// From now on the process ends without waiting for threads that are not there.
void EndWithoutThreads(Napi::Env env);

// Whether Math.random can be given another seed here.
bool CanReseed();
// Seeds Math.random of the contexts to come, and of this one from its next draw on.
void Reseed();
// Fills byte arrays anew: what Node drew ahead would be drawn on both sides.
void RefillCaches(const Napi::Array& caches);
