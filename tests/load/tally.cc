#include "tests/load/tally.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tidewright::load {

std::string_view toString(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok: return "ok";
    case Outcome::Refused: return "refused";
    case Outcome::Reset: return "reset";
    case Outcome::Timeout: return "timeout";
    case Outcome::Status5xx: return "status5xx";
    case Outcome::StatusOther: return "statusOther";
    case Outcome::Truncated: return "truncated";
    case Outcome::Other: return "other";
  }
  return "other";
}

Percentiles percentiles(std::vector<std::chrono::microseconds> latencies) {
  if (latencies.empty()) return {};
  std::sort(latencies.begin(), latencies.end());
  const auto rank = [&](double share) {
    const auto n = static_cast<std::size_t>(std::ceil(share * static_cast<double>(latencies.size())));
    return static_cast<double>(latencies[std::max<std::size_t>(n, 1) - 1].count()) / 1000;
  };
  return {rank(0.50), rank(0.95), rank(0.99), rank(1)};
}

void Tally::add(const Exchange& exchange, std::chrono::microseconds scheduled, std::chrono::microseconds ended) {
  const auto second = static_cast<std::size_t>(std::chrono::floor<std::chrono::seconds>(scheduled).count());
  if (seconds.size() <= second) seconds.resize(second + 1);
  Second& slice = seconds[second];
  ++outcomes[exchange.outcome];
  ++slice.requests;
  if (exchange.status != 0) ++statuses[exchange.status];
  if (exchange.outcome != Outcome::Ok) {
    ++slice.failed;
    if (failures.size() < kKeptFailures) {
      using Seconds = std::chrono::duration<double>;
      failures.push_back({Seconds(scheduled).count(), Seconds(ended).count(), exchange});
    }
    return;
  }
  ++slice.ok;
  ++instances[exchange.instance];
  ++versions[exchange.version];
  latencies.push_back(ended - scheduled);
  slice.latencies.push_back(ended - scheduled);
}

std::uint64_t Tally::total() const {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

std::uint64_t Tally::ok() const {
  const auto found = outcomes.find(Outcome::Ok);
  return found == outcomes.end() ? 0 : found->second;
}

}  // namespace tidewright::load
