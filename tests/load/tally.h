#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidewright::load {

/// What became of a request. Everything but Ok is a failure.
enum class Outcome {
  Ok,           ///< a whole answer with a status below 400
  Refused,      ///< nobody listens
  Reset,        ///< the connection ended, by reset or by close, before a byte of the answer
  Timeout,      ///< no whole answer in time
  Status5xx,    ///< a whole answer, 500-599
  StatusOther,  ///< a whole answer, 400-499
  Truncated,    ///< the connection ended in the middle of the answer
  Other,        ///< unreachable, no port or file descriptor left, not HTTP
};
inline constexpr std::array kOutcomes{Outcome::Ok,        Outcome::Refused,     Outcome::Reset,     Outcome::Timeout,
                                      Outcome::Status5xx, Outcome::StatusOther, Outcome::Truncated, Outcome::Other};

[[nodiscard]] std::string_view toString(Outcome outcome);

/// One request's end.
struct Exchange {
  Outcome outcome = Outcome::Other;
  unsigned status = 0;   ///< 0 without an answer
  std::string instance;  ///< X-Instance
  std::string version;   ///< X-Version
  std::string detail;    ///< for a person: the system's words for a failure
};

/// In milliseconds.
struct Percentiles {
  double p50 = 0, p95 = 0, p99 = 0, max = 0;
};

/// Nearest rank: the smallest value with at least that share of all at or below it. All 0 without values.
[[nodiscard]] Percentiles percentiles(std::vector<std::chrono::microseconds> latencies);

struct Second {
  std::uint64_t requests = 0, ok = 0, failed = 0;
  std::vector<std::chrono::microseconds> latencies;
};

struct Failure {
  double scheduledSeconds = 0;  ///< when the request was to be sent, from the start of the run
  double atSeconds = 0;         ///< when it had failed: up to the time-out later
  Exchange exchange;
};

/// The result of a run as it grows. Not thread-safe.
class Tally {
 public:
  static constexpr std::size_t kKeptFailures = 20;

  /// `scheduled` and `ended` count from the start of the run.
  void add(const Exchange& exchange, std::chrono::microseconds scheduled, std::chrono::microseconds ended);

  std::map<Outcome, std::uint64_t> outcomes;
  std::map<unsigned, std::uint64_t> statuses;
  std::map<std::string, std::uint64_t> instances, versions;  ///< of the answers that were ok
  std::vector<std::chrono::microseconds> latencies;          ///< of the answers that were ok
  std::vector<Second> seconds;                               ///< by scheduled arrival
  std::vector<Failure> failures;                             ///< the first ones
  std::uint64_t connectionsOpened = 0;
  std::uint64_t closedByAnswer = 0;      ///< kept connections that an answer with Connection: close ended
  std::uint64_t foundClosed = 0;         ///< kept connections found closed before a request was written on them
  std::chrono::microseconds lag{0};      ///< how late the generator itself was at worst
  std::chrono::microseconds elapsed{0};  ///< until the last one was over

  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] std::uint64_t ok() const;
};

}  // namespace tidewright::load
