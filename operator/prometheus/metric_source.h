#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "operator/api/query.h"
#include "operator/api/sample.h"
#include "operator/clock.h"
#include "operator/result.h"

namespace tidewright::prometheus {

/// As long as it lives, a query is asked again and again.
struct Subscription {
  virtual ~Subscription() = default;
};

/// What is known of a query's value.
struct Reading {
  api::Sample sample;
  std::optional<WallTime> evaluatedAt;  ///< None: there was no answer yet, or it was no answer
  std::optional<WallTime> answeredAt;   ///< When the answer or the failure came, by our clock; none: not asked yet
  /// Why there is no answer; Invalid: this query cannot be answered as it is, and asking again does not help.
  std::optional<ErrorCode> failure;
};

/// The seam to where samples come from. Thread-safe; nothing here waits for a server.
struct MetricSource {
  virtual ~MetricSource() = default;

  /// From now on the query is asked at least every `interval`, first at once. `onAnswer` is called from another thread
  /// after each answer or failure, and may be called once more while the subscription ends: keep it short, and let it
  /// own what it uses.
  [[nodiscard]] virtual std::unique_ptr<Subscription> subscribe(const api::Query& query, std::chrono::seconds interval,
                                                                std::function<void()> onAnswer) = 0;

  /// The last answer, judged now: it grows too old by itself. No answer is an Unknown with a reason; never 0.
  [[nodiscard]] virtual Reading read(const api::Query& query) const = 0;
};

}  // namespace tidewright::prometheus
