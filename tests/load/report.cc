#include "tests/load/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidewright::load {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::microseconds time) { return std::chrono::duration<double>(time).count(); }

Json toJson(const Percentiles& p) { return {{"p50", p.p50}, {"p95", p.p95}, {"p99", p.p99}, {"max", p.max}}; }

std::uint64_t countOf(const Tally& tally, Outcome outcome) {
  const auto found = tally.outcomes.find(outcome);
  return found == tally.outcomes.end() ? 0 : found->second;
}

double throughput(const Tally& tally) {
  return tally.elapsed.count() > 0 ? static_cast<double>(tally.ok()) / seconds(tally.elapsed) : 0;
}

Json timeline(const Tally& tally) {
  Json lines = Json::array();
  for (std::size_t i = 0; i < tally.seconds.size(); ++i) {
    const Second& s = tally.seconds[i];
    const Percentiles p = percentiles(s.latencies);
    lines.push_back({{"second", i},
                     {"requests", s.requests},
                     {"ok", s.ok},
                     {"failed", s.failed},
                     {"p50Ms", p.p50},
                     {"p99Ms", p.p99}});
  }
  return lines;
}

Json failures(const Tally& tally) {
  Json list = Json::array();
  for (const Failure& failure : tally.failures) {
    list.push_back({{"scheduledSeconds", failure.scheduledSeconds},
                    {"atSeconds", failure.atSeconds},
                    {"kind", toString(failure.exchange.outcome)},
                    {"status", failure.exchange.status},
                    {"instance", failure.exchange.instance},
                    {"detail", failure.exchange.detail}});
  }
  return list;
}

std::string counts(const char* title, const std::map<std::string, std::uint64_t>& values) {
  std::string text;
  for (const auto& [name, count] : values) {
    text += fmt::format("{:<12} {} {}\n", text.empty() ? title : "", name.empty() ? "(none)" : name, count);
  }
  return text;
}

}  // namespace

std::string toJson(const Options& options, const Tally& tally) {
  const bool kept = options.connections == Connections::KeepAlive;
  Json kinds;
  for (const Outcome outcome : kOutcomes) {
    if (outcome != Outcome::Ok) kinds[std::string(toString(outcome))] = countOf(tally, outcome);
  }
  Json statuses = Json::object();
  for (const auto& [status, count] : tally.statuses) statuses[std::to_string(status)] = count;
  Json result{{"connections", kept ? "keep-alive" : "new"},
              {"rate", options.rate ? Json(*options.rate) : Json("max")},
              {"elapsedSeconds", seconds(tally.elapsed)},
              {"requests", tally.total()},
              {"ok", tally.ok()},
              {"failed", tally.total() - tally.ok()},
              {"failures", kinds},
              {"okPerSecond", throughput(tally)},
              {"latencyMs", toJson(percentiles(tally.latencies))},
              {"connectionsOpened", tally.connectionsOpened},
              {"closedByAnswer", tally.closedByAnswer},
              {"foundClosed", tally.foundClosed},
              {"generatorLagMs", static_cast<double>(tally.lag.count()) / 1000},
              {"statuses", statuses},
              {"instances", tally.instances},
              {"versions", tally.versions},
              {"firstFailures", failures(tally)}};
  if (options.timeline) result["timeline"] = timeline(tally);
  return result.dump() + "\n";
}

std::string toTable(const Options& options, const Tally& tally) {
  const Percentiles p = percentiles(tally.latencies);
  std::string text = fmt::format("{:<12} {} in {:.1f} s, {:.1f} ok a second\n", "requests", tally.total(),
                                 seconds(tally.elapsed), throughput(tally));
  text += fmt::format("{:<12} {}\n{:<12} {}", "ok", tally.ok(), "failed", tally.total() - tally.ok());
  for (const Outcome outcome : kOutcomes) {
    if (outcome != Outcome::Ok && countOf(tally, outcome) > 0) {
      text += fmt::format("  {} {}", toString(outcome), countOf(tally, outcome));
    }
  }
  text += fmt::format("\n{:<12} p50 {:.1f}  p95 {:.1f}  p99 {:.1f}  max {:.1f}\n", "latency ms", p.p50, p.p95, p.p99,
                      p.max);
  text += fmt::format("{:<12} {} opened, {} closed by an answer, {} found closed\n", "connections",
                      tally.connectionsOpened, tally.closedByAnswer, tally.foundClosed);
  text += counts("instances", tally.instances) + counts("versions", tally.versions);
  if (!options.timeline) return text;
  text += "second  requests      ok  failed  p99 ms\n";
  for (std::size_t i = 0; i < tally.seconds.size(); ++i) {
    const Second& s = tally.seconds[i];
    text += fmt::format("{:>6}  {:>8}  {:>6}  {:>6}  {:>6.1f}\n", i, s.requests, s.ok, s.failed,
                        percentiles(s.latencies).p99);
  }
  return text;
}

std::string toLine(const Tally& tally) {
  return fmt::format("{} ok, {} failed", tally.ok(), tally.total() - tally.ok());
}

}  // namespace tidewright::load
