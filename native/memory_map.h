// The memory of this program, as the kernel has it.
#pragma once

#include "sys.h"

// V8 marks its heap MADV_DONTFORK; from here on a forked child has it too. (Later forks of others,
// node:child_process's, copy these page tables as well.)
SysError MakeMemoryInheritable();
