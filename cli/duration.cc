#include "cli/duration.h"

#include <charconv>

#include <fmt/format.h>

namespace tidewright::cli {

std::string durationText(std::chrono::nanoseconds time) {
  struct Unit {
    int64_t seconds;
    char name;
  };
  static constexpr Unit kUnits[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  const int64_t all = std::max<int64_t>(0, std::chrono::floor<std::chrono::seconds>(time).count());
  for (std::size_t i = 0; i < std::size(kUnits); ++i) {
    if (all < kUnits[i].seconds) continue;
    const std::string first = fmt::format("{}{}", all / kUnits[i].seconds, kUnits[i].name);
    const int64_t rest = i + 1 < std::size(kUnits) ? all % kUnits[i].seconds / kUnits[i + 1].seconds : 0;
    return rest == 0 ? first : fmt::format("{}{}{}", first, rest, kUnits[i + 1].name);
  }
  return "0s";
}

std::optional<std::chrono::seconds> parseDuration(std::string_view text) {
  constexpr int64_t kMost = int64_t{1000} * 3600;
  if (text.empty()) return std::nullopt;
  int64_t sum = 0;
  while (!text.empty()) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > kMost) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const char unit = text.empty() ? 's' : text.front();
    if (!text.empty()) text.remove_prefix(1);
    if (unit != 's' && unit != 'm' && unit != 'h') return std::nullopt;
    sum += number * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
  }
  if (sum > kMost) return std::nullopt;
  return std::chrono::seconds(sum);
}

}  // namespace tidewright::cli
