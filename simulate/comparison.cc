#include "simulate/comparison.h"

#include <array>

#include <fmt/format.h>

namespace tidewright::simulate {
namespace {

std::string percent(double from, double to) {
  if (from == 0) return to == 0 ? "0 %" : "-";
  return fmt::format("{:+.1f} %", (to - from) / from * 100);
}

/// Minutes of a few pods are something, too.
std::string podHoursText(double hours) {
  return hours < 10 ? fmt::format("{:.3f}", hours) : fmt::format("{:.1f}", hours);
}

std::string signedTime(std::chrono::seconds time) {
  if (time.count() == 0) return "0s";
  return (time.count() < 0 ? "-" : "+") + formatTime(time.count() < 0 ? -time : time);
}

std::string line(std::string_view what, std::string_view a, std::string_view b, std::string_view difference) {
  return fmt::format("{:<16}{:>20.18}{:>20.18}{:>16}\n", what, a, b, difference);
}

}  // namespace

std::string formatTime(std::chrono::seconds time) {
  struct Unit {
    int64_t seconds;
    char name;
  };
  constexpr std::array<Unit, 4> kUnits{{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  std::string out;
  int64_t left = time.count();
  int said = 0;
  for (const Unit& unit : kUnits) {
    if (said == 2) break;
    const int64_t count = left / unit.seconds;
    left %= unit.seconds;
    if (said > 0) ++said;
    if (count == 0) continue;
    if (said == 0) said = 1;
    out += fmt::format("{}{}{}", out.empty() ? "" : " ", count, unit.name);
  }
  return out.empty() ? "0s" : out;
}

std::string renderSummary(const Summary& sum) {
  std::string out = fmt::format("pod-hours        {}\n", podHoursText(sum.podHours));
  out += fmt::format("under capacity   {} of {}\n", formatTime(sum.underCapacity), formatTime(sum.time));
  out += fmt::format("changes          {}\n", sum.changes);
  out += fmt::format("pods             {} to {}\n", sum.fewest, sum.most);
  if (sum.unknown.count() > 0) out += fmt::format("load unknown     {}\n", formatTime(sum.unknown));
  return out;
}

std::string renderComparison(std::string_view nameA, const Summary& a, std::string_view nameB, const Summary& b) {
  std::string out = line("", nameA, nameB, "difference");
  out += line("pod-hours", podHoursText(a.podHours), podHoursText(b.podHours), percent(a.podHours, b.podHours));
  out += line("under capacity", formatTime(a.underCapacity), formatTime(b.underCapacity),
              signedTime(b.underCapacity - a.underCapacity));
  out += line("changes", fmt::format("{}", a.changes), fmt::format("{}", b.changes),
              fmt::format("{:+}", b.changes - a.changes));
  out += line("pods", fmt::format("{} to {}", a.fewest, a.most), fmt::format("{} to {}", b.fewest, b.most), "");
  return out;
}

}  // namespace tidewright::simulate
