#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "operator/clock.h"

namespace tidewright::app {

/// What the parent process has to do next.
struct StartChild {
  int place = 0;
};  ///< fork; then say so with started()
struct RetireChild {
  pid_t pid = 0;
};  ///< ask it to accept no more and to finish: others are accepting
struct StopChild {
  pid_t pid = 0;
};  ///< ask for the graceful stop of the whole
struct End {
  int exitCode = 0;
};  ///< leave; no child is left
using Order = std::variant<StartChild, RetireChild, StopChild, End>;
using Orders = std::vector<Order>;

/// Decides for the parent of K serving processes. Pure but for its own memory; not thread-safe.
///
/// Every one of K places is held by a child. A child that dies unasked is started again at once. replace() renews the
/// places one by one: the successor must be ready before its predecessor is retired, and gone must be the
/// predecessor before the next place's turn; a successor that dies first ends the round, and the old children stay.
/// After `kMaxYoungDeaths` unasked deaths of children younger than `kYoung` everything is stopped and the exit code
/// is 1.
class Supervision {
 public:
  static constexpr int kMaxYoungDeaths = 20;
  static constexpr std::chrono::seconds kYoung{1};

  explicit Supervision(int places) : places_(places) {}

  [[nodiscard]] Orders begin();
  /// The order to start a child was carried out.
  void started(int place, pid_t pid, MonoTime now);
  [[nodiscard]] Orders ready(pid_t pid);
  [[nodiscard]] Orders died(pid_t pid, MonoTime now);
  /// During a round of replacements: another round follows.
  [[nodiscard]] Orders replace();
  [[nodiscard]] Orders stop();

  [[nodiscard]] bool gaveUp() const { return youngDeaths_ >= kMaxYoungDeaths; }

 private:
  struct Child {
    int place = 0;
    MonoTime startedAt;
    bool retiring = false;
  };

  [[nodiscard]] Orders stopAll();
  [[nodiscard]] Orders nextPlace();
  [[nodiscard]] Orders afterDeathOf(pid_t pid, int place);

  const int places_;
  std::map<pid_t, Child> children_;
  std::optional<int> renewing_;     ///< the place whose turn it is
  std::optional<pid_t> successor_;  ///< the child started last for that place
  bool anotherRound_ = false;
  bool stopping_ = false;
  int youngDeaths_ = 0;
};

}  // namespace tidewright::app
