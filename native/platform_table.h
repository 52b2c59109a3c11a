// The table of virtual functions by which node::NodePlatform hands background work to its threads, and a
// copy of it in which those functions are replaced. For worker_pool.cc.
#pragma once

#include "task_pool.h"

namespace pool {

// nullptr when the platform of this program can be worked with; otherwise why not.
const char* AttachTo(void* platform);

// From now on the platform has the copy, or its own. The lock of the state is held.
void UseOurTable();
void UseNodesTable();

// How many threads Node has for background work.
int CountNodesThreads();

// To Node's threads, whatever table the platform has.
void PostToNode(TaskPointer task, v8::TaskPriority priority);
void PostDelayedToNode(Delayed delayed);

// Waits until nothing is left to do, as the end of the loop does.
void DrainAll();

}  // namespace pool
