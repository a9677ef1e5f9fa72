#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "operator/clock.h"
#include "operator/kube/backoff.h"
#include "operator/result.h"

namespace tidewright::kube {

/// The next request of a reflector.
struct ListPages {};  ///< 500 at a time
struct ListWhole {};  ///< in one piece: pages expired while we read them
struct WatchList {};  ///< a watch that begins with all that exists
struct Watch {
  std::string resourceVersion;
};
using WatchStep = std::variant<ListPages, ListWhole, WatchList, Watch>;

/// How a request ended.
struct Listed {
  std::string resourceVersion;
};
struct Ended {
  std::optional<Error> error;             ///< None: the server closed in order, as it does after timeoutSeconds
  std::string resourceVersion;            ///< How far the watch had come; empty: it had not caught up
  std::chrono::nanoseconds lasted{};      ///< How long the connection was of use
  std::chrono::nanoseconds retryAfter{};  ///< What the server asked for
};
using WatchOutcome = std::variant<Listed, Ended>;

struct NextStep {
  WatchStep step;
  std::chrono::nanoseconds wait{};
};

/// What a reflector does next, decided without doing it. Lost connections continue from where they were; 410 lists
/// again; a server that does not know `sendInitialEvents` is not asked for it a second time. Pure but for `backoff`.
[[nodiscard]] NextStep nextStep(const WatchStep& was, const WatchOutcome& outcome, Backoff& backoff, MonoTime now);

}  // namespace tidewright::kube
