// Exit codes of brood-init itself; those of shells, env(1) and timeout(1) where they have one.
#pragma once

constexpr int kMisused = 2;
constexpr int kNotStarted = 125;
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;
constexpr int kKilled = 128;
