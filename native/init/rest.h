// What the program has left behind.
#pragma once

#include <cstdint>

// TERM to all that remains; KILL to what remains after the grace, or when somebody asks again.
void EndTheRest(int64_t grace_ms);
