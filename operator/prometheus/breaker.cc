#include "operator/prometheus/breaker.h"

#include <algorithm>

namespace tidewright::prometheus::breaker {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace

Next transition(const State& state, const Event& event, const BreakerConfig& config, MonoTime now) {
  const auto open = [&](std::chrono::nanoseconds wait, const std::string& why) -> Next {
    return {Open{now + wait, wait, why}};
  };
  return std::visit(Overloaded{[](const Closed& s, const Asking&) -> Next { return {s}; },
                               [](const Closed&, const Answered&) -> Next { return {Closed{}}; },
                               [&](const Closed& s, const Failed& e) -> Next {
                                 if (s.failures + 1 < config.failures) return {Closed{s.failures + 1}};
                                 return open(config.firstWait, e.why);
                               },
                               [](const Closed& s, const Dropped&) -> Next { return {s}; },

                               [&](const Open& s, const Asking&) -> Next {
                                 if (now < s.until) return {s, false};
                                 return {HalfOpen{s.wait, s.why}};
                               },
                               [](const Open&, const Answered&) -> Next { return {Closed{}}; },
                               // From before it opened; it says nothing new.
                               [](const Open& s, const Failed&) -> Next { return {s}; },
                               [](const Open& s, const Dropped&) -> Next { return {s}; },

                               [](const HalfOpen& s, const Asking&) -> Next {
                                 return {s, false};
                               },
                               [](const HalfOpen&, const Answered&) -> Next { return {Closed{}}; },
                               [&](const HalfOpen& s, const Failed& e) -> Next {
                                 return open(std::min(2 * s.wait, config.longestWait), e.why);
                               },
                               // Whoever comes next may be the one that finds out.
                               [&](const HalfOpen& s, const Dropped&) -> Next {
                                 return {Open{now, s.wait, s.why}};
                               }},
                    state, event);
}

}  // namespace tidewright::prometheus::breaker
