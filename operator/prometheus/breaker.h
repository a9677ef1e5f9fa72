#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "operator/clock.h"

namespace tidewright::prometheus {

/// When a server that does not answer is left alone, and for how long. A wait is at least 1 ns.
struct BreakerConfig {
  int failures = 5;  ///< That many in a row, without an answer in between
  std::chrono::nanoseconds firstWait = std::chrono::seconds(5);
  std::chrono::nanoseconds longestWait = std::chrono::seconds(30);  ///< Each wait is twice the one before, up to this
};

/// One server's state. The failures are those of the server: a query that it refuses is an answer.
namespace breaker {

struct Closed {  ///< Asked freely
  int failures = 0;
  bool operator==(const Closed&) const = default;
};
struct Open {  ///< Left alone until then
  MonoTime until;
  std::chrono::nanoseconds wait{};
  std::string why;
  bool operator==(const Open&) const = default;
};
struct HalfOpen {  ///< One request is on its way to find out; the others are told no
  std::chrono::nanoseconds wait{};
  std::string why;
  bool operator==(const HalfOpen&) const = default;
};
using State = std::variant<Closed, Open, HalfOpen>;

struct Asking {};  ///< Somebody wants to ask
struct Answered {};
struct Failed {
  std::string why;
};
/// The request was given up before anybody could tell.
struct Dropped {};
using Event = std::variant<Asking, Answered, Failed, Dropped>;

struct Next {
  State state;
  bool mayAsk = true;  ///< Of `Asking` only
};

/// An answer closes it whenever it comes, also that of a request from before it opened. Pure.
[[nodiscard]] Next transition(const State& state, const Event& event, const BreakerConfig& config, MonoTime now);

}  // namespace breaker
}  // namespace tidewright::prometheus
