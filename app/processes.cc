#include "app/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "app/supervision.h"

namespace tidewright::app {
namespace {

MonoTime now() { return SystemClock().mono(); }

sigset_t watchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR2, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

/// The hands of Supervision: signals, forks and a pipe by which children report ready.
class Parent {
 public:
  Parent(const ProcessesConfig& config, Board& board, const ServeChild& serveChild)
      : config_(config), board_(board), serveChild_(serveChild), supervision_(config.processes) {}
  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;

  int run();

 private:
  void obey(const Orders& orders);
  void start(int place);
  [[noreturn]] void becomeChild(Slot& slot, pid_t parent);
  void hearSignals();
  void hearReady();
  void bury();
  void killLate();
  [[nodiscard]] Slot& freeSlot();

  const ProcessesConfig config_;
  Board& board_;
  const ServeChild& serveChild_;
  Supervision supervision_;
  std::map<pid_t, Slot*> slots_;
  int signals_ = -1;
  int readyPipe_[2] = {-1, -1};
  std::optional<MonoTime> stopSince_;
  std::optional<int> exitCode_;
};

int Parent::run() {
  const sigset_t watched = watchedSignals();
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  signals_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0 || pipe2(readyPipe_, O_CLOEXEC | O_NONBLOCK) != 0) {
    fmt::print(stderr, "cannot supervise processes: {}\n", std::strerror(errno));
    return 1;
  }
  obey(supervision_.begin());
  while (!exitCode_) {
    pollfd sources[] = {{signals_, POLLIN, 0}, {readyPipe_[0], POLLIN, 0}};
    poll(sources, 2, stopSince_ ? 100 : -1);
    hearReady();
    hearSignals();
    killLate();
  }
  if (supervision_.gaveUp()) {
    fmt::print(stderr, "gave up: {} processes died younger than {} s\n", Supervision::kMaxYoungDeaths,
               Supervision::kYoung.count());
  }
  return *exitCode_;
}

void Parent::obey(const Orders& orders) {
  for (const Order& order : orders) {
    if (const auto* begin = std::get_if<StartChild>(&order)) start(begin->place);
    if (const auto* retire = std::get_if<RetireChild>(&order)) kill(retire->pid, SIGUSR2);
    if (const auto* stop = std::get_if<StopChild>(&order)) kill(stop->pid, config_.exitAtOnce ? SIGKILL : SIGTERM);
    if (const auto* end = std::get_if<End>(&order)) exitCode_ = end->exitCode;
  }
}

void Parent::start(int place) {
  Slot& slot = freeSlot();
  const pid_t parent = getpid();
  std::fflush(nullptr);  // or the child would write it once more
  const pid_t pid = fork();
  if (pid == 0) becomeChild(slot, parent);
  if (pid < 0) {
    // As if it had died young: tried again at once, and given up after a while.
    fmt::print(stderr, "cannot start a process: {}\n", std::strerror(errno));
    supervision_.started(place, -1, now());
    obey(supervision_.died(-1, now()));
    return;
  }
  slots_[pid] = &slot;
  supervision_.started(place, pid, now());
}

void Parent::becomeChild(Slot& slot, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) std::_Exit(1);  // died before we asked to be told
  close(signals_);
  close(readyPipe_[0]);
  sigset_t childSignal;
  sigemptyset(&childSignal);
  sigaddset(&childSignal, SIGCHLD);
  sigprocmask(SIG_UNBLOCK, &childSignal, nullptr);  // the others wait until somebody listens for them
  serveChild_(slot, [this] {
    const pid_t self = getpid();
    // A write of a few bytes to a pipe is whole; if it fails the parent is gone, and so are we soon.
    [[maybe_unused]] const auto written = write(readyPipe_[1], &self, sizeof self);
  });
  std::fflush(nullptr);
  std::_Exit(0);
}

void Parent::hearReady() {
  for (pid_t pid = 0; read(readyPipe_[0], &pid, sizeof pid) == sizeof pid;) obey(supervision_.ready(pid));
}

void Parent::hearSignals() {
  for (signalfd_siginfo heard{}; read(signals_, &heard, sizeof heard) == sizeof heard;) {
    switch (static_cast<int>(heard.ssi_signo)) {
      case SIGCHLD: bury(); break;
      case SIGUSR2: obey(supervision_.replace()); break;
      default:
        if (!stopSince_) stopSince_ = now();
        obey(supervision_.stop());
    }
  }
}

void Parent::bury() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (const auto found = slots_.find(pid); found != slots_.end()) {
      // What it had in flight died with it.
      found->second->inFlight = 0;
      found->second->queueDepth = 0;
      found->second->connections = 0;
      slots_.erase(found);
    }
    obey(supervision_.died(pid, now()));
    if (supervision_.gaveUp() && !stopSince_) stopSince_ = now();
  }
}

void Parent::killLate() {
  if (!stopSince_ || now() - *stopSince_ < config_.stopLimit) return;
  for (const auto& [pid, slot] : slots_) kill(pid, SIGKILL);
}

Slot& Parent::freeSlot() {
  for (Slot& slot : board_.slots) {
    const auto taken = [&slot](const auto& entry) { return entry.second == &slot; };
    if (std::none_of(slots_.begin(), slots_.end(), taken)) return slot;
  }
  // More slots than children that can be alive: two a place.
  return board_.slots.back();
}

}  // namespace

int superviseProcesses(const ProcessesConfig& config, Board& board, const ServeChild& serveChild) {
  return Parent(config, board, serveChild).run();
}

}  // namespace tidewright::app
