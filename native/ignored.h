// The signals that this program asked to ignore, as against those that Node ignores for itself
// (SIGPIPE, SIGXFSZ): only the former are kept by exec.
#pragma once

#include <cstdint>

// One bit each, 1 is the lowest; only those that are still ignored.
uint64_t IgnoredOnPurpose();

// Default actions for all that is ignored, but for what Node itself ignores. In a forked child.
void ForgetIgnored();
