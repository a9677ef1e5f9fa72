#include "simulate/series.h"

#include <algorithm>

namespace tidewright::simulate {

std::chrono::nanoseconds reachOf(const Series& series) {
  if (series.size() < 2) return std::chrono::nanoseconds(0);
  std::vector<std::chrono::nanoseconds> steps;
  steps.reserve(series.size() - 1);
  for (std::size_t i = 1; i < series.size(); ++i) steps.push_back(series[i].at - series[i - 1].at);
  // The median: a few long gaps are gaps and no steps.
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::ranges::nth_element(steps, middle);
  const std::chrono::nanoseconds usual = *middle;
  const bool even =
      usual > usual.zero() && std::ranges::all_of(steps, [&](auto step) { return step % usual == step.zero(); });
  return even ? usual - std::chrono::nanoseconds(1) : usual * 3 / 2;
}

std::optional<double> Playback::at(WallTime now) {
  while (next_ < series_.size() && series_[next_].at <= now) ++next_;
  if (next_ == 0 || now - series_[next_ - 1].at > reach_) return std::nullopt;
  return series_[next_ - 1].value;
}

}  // namespace tidewright::simulate
