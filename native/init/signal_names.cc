#include "signal_names.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <strings.h>

#include "signal_set.h"

namespace {

struct Name {
  const char* name;
  int number;
};

constexpr Name kNames[] = {
    {"HUP", SIGHUP},       {"INT", SIGINT},       {"QUIT", SIGQUIT},   {"ILL", SIGILL},
    {"TRAP", SIGTRAP},     {"ABRT", SIGABRT},     {"IOT", SIGABRT},    {"BUS", SIGBUS},
    {"FPE", SIGFPE},       {"KILL", SIGKILL},     {"USR1", SIGUSR1},   {"SEGV", SIGSEGV},
    {"USR2", SIGUSR2},     {"PIPE", SIGPIPE},     {"ALRM", SIGALRM},   {"TERM", SIGTERM},
    {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD},     {"CONT", SIGCONT},   {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},     {"TTOU", SIGTTOU},   {"URG", SIGURG},
    {"XCPU", SIGXCPU},     {"XFSZ", SIGXFSZ},     {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF},
    {"WINCH", SIGWINCH},   {"IO", SIGIO},         {"POLL", SIGIO},     {"PWR", SIGPWR},
    {"SYS", SIGSYS},
};

// Decimal digits and nothing else; -1: something else.
int Digits(const char* text) {
  if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 3) return -1;
  return atoi(text);
}

int InRange(int number) {
  return number >= 0 && number <= kHighestSignal ? number : -1;
}

// RTMIN and RTMAX are those of the C library: 34 and 64.
int RealTime(const char* text) {
  const bool from_below = strncasecmp(text, "RTMIN", 5) == 0;
  if (!from_below && strncasecmp(text, "RTMAX", 5) != 0) return -1;
  const int base = from_below ? SIGRTMIN : SIGRTMAX;
  if (text[5] == '\0') return base;
  const int distance = text[5] == (from_below ? '+' : '-') ? Digits(text + 6) : -1;
  if (distance < 0 || distance > SIGRTMAX - SIGRTMIN) return -1;
  return from_below ? base + distance : base - distance;
}

}  // namespace

int SignalNumber(const char* text) {
  const int digits = Digits(text);
  if (digits >= 0) return InRange(digits);
  if (strncasecmp(text, "SIG", 3) == 0) text += 3;
  for (const Name& each : kNames) {
    if (strcasecmp(each.name, text) == 0) return each.number;
  }
  return RealTime(text);
}
