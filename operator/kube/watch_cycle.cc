#include "operator/kube/watch_cycle.h"

#include <algorithm>

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

/// A server (or a proxy before it) that ends every watch at once must not be asked in a loop.
constexpr auto kTooShort = 5s;

/// The requests that a server without WatchList refuses in its own way: 422 and 400 by version, 404 or 405 by proxies.
bool refused(const Error& error) { return error.code() == ErrorCode::Invalid || error.code() == ErrorCode::NotFound; }

/// The version we ask from is no good: too old, malformed, or from a future that a restored backup has undone.
bool versionRefused(const Error& error) {
  return error.code() == ErrorCode::Gone || error.code() == ErrorCode::Invalid ||
         error.message().contains("Too large resource version");
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

WatchStep afterEnd(const WatchStep& was, const Ended& end) {
  const bool gone = end.error && end.error->code() == ErrorCode::Gone;
  return std::visit(Overloaded{[&](const ListPages&) -> WatchStep {
                                 if (gone) return ListWhole{};
                                 return ListPages{};
                               },
                               [](const ListWhole&) -> WatchStep { return ListWhole{}; },
                               [&](const WatchList&) -> WatchStep {
                                 if (end.error && refused(*end.error)) return ListPages{};
                                 if (gone || end.resourceVersion.empty()) return WatchList{};
                                 return Watch{end.resourceVersion};
                               },
                               [&](const Watch& watch) -> WatchStep {
                                 if (end.error && versionRefused(*end.error)) return ListPages{};
                                 return end.resourceVersion.empty() ? watch : Watch{end.resourceVersion};
                               }},
                    was);
}

}  // namespace

NextStep nextStep(const WatchStep& was, const WatchOutcome& outcome, Backoff& backoff, MonoTime now) {
  if (const auto* listed = std::get_if<Listed>(&outcome)) return {Watch{listed->resourceVersion}};
  const auto& end = std::get<Ended>(outcome);
  NextStep next{afterEnd(was, end)};
  if (!end.error && end.lasted >= kTooShort) return next;
  const bool fallsBack = std::holds_alternative<WatchList>(was) && std::holds_alternative<ListPages>(next.step);
  if (!fallsBack) next.wait = std::max(backoff.next(now), end.retryAfter);
  return next;
}

}  // namespace tidewright::kube
