#include "watch.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../clock.h"
#include "../remaining.h"

namespace {

bool IsStop(int number) {
  return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

// What was just being started when all was killed is killed next time.
constexpr int64_t kAgainMs = 20;

// Stops this program as a terminal would. The kernel does not where nobody could continue it: PID 1, and a
// process group that no shell looks after.
void StopOurselves() {
  raise(SIGTSTP);
  SetBlocked(kAllSignals & ~(SignalSet{1} << (SIGTSTP - 1)));
  SetBlocked(kAllSignals);
}

}  // namespace

int Watch::UntilItEnds() {
  for (;;) {
    siginfo_t info;
    const int number = NextSignal(info, TimeLeft());
    if (number != 0 && number != SIGCHLD) PassOn(number, info);
    // Signals of one kind melt into one, so it is looked after each of them.
    if (Reap()) return status_;
    if (TimeLeft() == 0) {
      KillRemaining();
      deadline_ms_ = MonotonicMs() + kAgainMs;
    }
  }
}

bool Watch::Reap() {
  for (;;) {
    int status;
    const pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
    if (pid <= 0) return false;
    if (pid != child_) continue;
    if (WIFSTOPPED(status)) {
      ProgramStopped();
      continue;
    }
    // What else has ended is reaped with the rest.
    status_ = status;
    return true;
  }
}

void Watch::PassOn(int number, const siginfo_t& info) {
  if (number == SIGTERM) {
    terms_++;
    // Asked twice to end, it has the grace left.
    if (terms_ == 2 && options_.rewritten[SIGTERM] != 0) deadline_ms_ = MonotonicMs() + options_.grace_ms;
  }
  if (IsStop(number)) told_to_stop_ = true;
  if (number == SIGCONT) Continued();
  const int sent = options_.rewritten[number];
  if (sent != 0) Send(sent, info);
}

void Watch::Send(int number, const siginfo_t& info) const {
  // A terminal stops a whole group, so a whole group goes on.
  const bool group = options_.group || (number == SIGCONT && stopped_);
  if (group) {
    kill(-child_, number);
  } else if (info.si_code == SI_QUEUE) {
    // With the value that it carries.
    siginfo_t queued = info;
    queued.si_signo = number;
    queued.si_pid = getpid();
    queued.si_uid = getuid();
    if (syscall(SYS_rt_sigqueueinfo, child_, number, &queued) < 0) kill(child_, number);
  } else {
    kill(child_, number);
  }
}

// The shell that has us as its job is to see that the job has stopped.
void Watch::ProgramStopped() {
  stopped_ = true;
  if (told_to_stop_ || terminal_.IsOf(child_)) StopOurselves();
}

void Watch::Continued() {
  told_to_stop_ = false;
  // A shell that continues us in the foreground has given it to our group.
  if (terminal_.IsOurs()) terminal_.HandTo(child_);
}

int64_t Watch::TimeLeft() const {
  if (deadline_ms_ < 0) return -1;
  const int64_t left = deadline_ms_ - MonotonicMs();
  return left > 0 ? left : 0;
}
