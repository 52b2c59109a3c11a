#include "options.h"

#include <getopt.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "exit_codes.h"
#include "signal_names.h"

namespace {

constexpr char kHelp[] =
    "Usage: brood-init [options] [--] program [arguments]\n"
    "\n"
    "Runs a program as PID 1 should: reaps every orphan, passes signals on, ends as the program did.\n"
    "\n"
    "  -s, --subreaper         orphans below come here, also where this is not PID 1\n"
    "  -g, --group             signals go to the whole process group of the program\n"
    "  -r, --rewrite FROM:TO   pass TO on for the signal FROM; 0 drops it (repeatable)\n"
    "  -e, --expect-zero CODE  end with 0 if the program ends with CODE (repeatable)\n"
    "  -t, --grace TIME        from TERM to KILL for what the program leaves behind, and from a second\n"
    "                          TERM to KILL for all: ms, or with a unit (ms, s, m, h, d); 5s\n"
    "  -d, --deathsig SIGNAL   when its parent dies brood-init gets it, when brood-init dies the program\n"
    "  -u, --unblock           the program starts with no signal blocked\n"
    "  -h, --help              show this\n"
    "  -v, --version           show the version\n"
    "\n"
    "Ends with the exit code of the program, 128 + the number of the signal that killed it, 127 if there\n"
    "is no such program, 126 if it cannot be executed, 125 if it could not be started, 2 if this command\n"
    "line is wrong.\n";

[[noreturn]] __attribute__((format(printf, 1, 2))) void Refuse(const char* format, ...) {
  char message[512];
  va_list values;
  va_start(values, format);
  vsnprintf(message, sizeof message, format, values);
  va_end(values);
  dprintf(STDERR_FILENO, "brood-init: %s\nTry 'brood-init --help'.\n", message);
  _exit(kMisused);
}

[[noreturn]] void Print(const char* text) {
  const size_t length = strlen(text);
  _exit(write(STDOUT_FILENO, text, length) == static_cast<ssize_t>(length) ? 0 : 1);
}

int Signal(const char* text, const char* option) {
  const int number = SignalNumber(text);
  if (number < 0) Refuse("%s: '%s' is no signal", option, text);
  return number;
}

// Milliseconds, or a number with a unit, as brood has it everywhere.
int64_t Duration(const char* text, const char* option) {
  constexpr struct {
    const char* unit;
    double ms;
  } kUnits[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  constexpr double kLongest = 1e12;
  const size_t digits = strspn(text, "0123456789.");
  char* end = nullptr;
  const double amount = strtod(text, &end);
  if (digits > 0 && end == text + digits) {
    for (const auto& [unit, ms] : kUnits) {
      if (strcmp(end, unit) == 0 && amount * ms <= kLongest) return static_cast<int64_t>(amount * ms);
    }
  }
  Refuse("%s: '%s' is no time: give milliseconds, or a number with ms, s, m, h or d", option, text);
}

void Rewrite(Options& options, char* text) {
  char* colon = strchr(text, ':');
  if (colon == nullptr) Refuse("--rewrite: '%s' is not FROM:TO", text);
  *colon = '\0';
  const int from = Signal(text, "--rewrite");
  const int to = Signal(colon + 1, "--rewrite");
  if (from == 0) Refuse("--rewrite: 0 is no signal that could come");
  if (from == SIGKILL || from == SIGSTOP) Refuse("--rewrite: no program can catch %s", text);
  if (from == SIGCHLD) Refuse("--rewrite: CHLD is brood-init's own, and not passed on");
  options.rewritten[from] = to;
}

void ExpectZero(Options& options, const char* text) {
  char* end = nullptr;
  const long code = strtol(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || code > 255) {
    Refuse("--expect-zero: '%s' is no exit code: give 0 to 255", text);
  }
  options.counts_as_zero[code] = true;
}

const struct option kLong[] = {
    {"subreaper", no_argument, nullptr, 's'},     {"group", no_argument, nullptr, 'g'},
    {"rewrite", required_argument, nullptr, 'r'}, {"expect-zero", required_argument, nullptr, 'e'},
    {"grace", required_argument, nullptr, 't'},   {"deathsig", required_argument, nullptr, 'd'},
    {"unblock", no_argument, nullptr, 'u'},       {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, 'v'},       {nullptr, 0, nullptr, 0},
};

void Take(Options& options, int letter, char* value) {
  switch (letter) {
    case 's': options.subreaper = true; return;
    case 'g': options.group = true; return;
    case 'u': options.unblock = true; return;
    case 'r': return Rewrite(options, value);
    case 'e': return ExpectZero(options, value);
    case 't': options.grace_ms = Duration(value, "--grace"); return;
    case 'd': options.death_signal = Signal(value, "--deathsig"); return;
    case 'h': Print(kHelp);
    case 'v': Print("brood-init " BROOD_VERSION "\n");
  }
}

}  // namespace

Options ReadOptions(int count, char** arguments) {
  Options options;
  for (int number = 0; number <= kHighestSignal; number++) options.rewritten[number] = number;
  opterr = 0;
  for (;;) {
    const int at = optind;
    // '+': what follows the name of the program is its own. ':': a missing value is told apart.
    const int letter = getopt_long(count, arguments, "+:sgur:e:t:d:hv", kLong, nullptr);
    if (letter == -1) break;
    if (letter == ':') Refuse("%s needs a value", arguments[at]);
    if (letter == '?') Refuse("%s is no option", arguments[at]);
    Take(options, letter, optarg);
  }
  options.command = arguments + optind;
  if (options.command[0] == nullptr) Refuse("a program is missing");
  if (options.command[0][0] == '\0') Refuse("the name of the program is empty");
  return options;
}
