#include "simulate/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "operator/timestamp.h"
#include "simulate/buckets.h"

namespace tidewright::simulate {
namespace {

constexpr double kWidth = 960, kHeight = 420;
constexpr double kLeft = 60, kRight = 80, kTop = 40, kBottom = 40;
constexpr std::size_t kPoints = 900;
constexpr std::array<const char*, 4> kColours = {"#0b5fa5", "#c2410c", "#15803d", "#7e22ce"};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        // XML has no other control characters, not even as a reference.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

/// From time and pods to the paper.
struct Paper {
  WallTime from, to;
  double top = 1;

  [[nodiscard]] double x(WallTime at) const {
    const double whole = std::max(1.0, static_cast<double>((to - from).count()));
    return kLeft + static_cast<double>((at - from).count()) / whole * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double pods) const {
    return kHeight - kBottom - std::min(pods / top, 1.0) * (kHeight - kTop - kBottom);
  }
};

Paper paperFor(std::span<const NamedRun> runs) {
  Paper paper{.from = runs.front().run.ticks.front().at, .to = runs.front().run.ticks.back().at};
  for (const NamedRun& one : runs) {
    for (const Tick& tick : one.run.ticks) {
      paper.top = std::max({paper.top, static_cast<double>(tick.desired), std::min(tick.needed.value_or(0), 1e9)});
      paper.from = std::min(paper.from, tick.at);
      paper.to = std::max(paper.to, tick.at + one.run.poll);
    }
  }
  // Five lines across at whole numbers of pods.
  paper.top = std::ceil(paper.top / 5) * 5;
  return paper;
}

std::string loadArea(const Run& run, const Paper& paper) {
  std::string path;
  WallTime end = run.ticks.back().at + run.poll;
  const std::vector<Bucket> buckets = bucketsOf(run, kPoints);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const Bucket& bucket = buckets[i];
    if (!bucket.needed) continue;
    const WallTime until = i + 1 < buckets.size() ? buckets[i + 1].from : end;
    const double left = paper.x(bucket.from), right = paper.x(until);
    path += fmt::format("M{:.1f} {:.1f}V{:.1f}H{:.1f}V{:.1f}Z", left, paper.y(0), paper.y(*bucket.needed), right,
                        paper.y(0));
  }
  return fmt::format("<path d=\"{}\" fill=\"#cbd5e1\"/>\n", path);
}

/// Steps; where the count moves within a point, up and down again.
std::string replicaLine(const Run& run, const Paper& paper, const char* colour) {
  std::string path;
  for (const Bucket& bucket : bucketsOf(run, kPoints)) {
    path += fmt::format("{}{:.1f}{}{:.1f}", path.empty() ? "M" : "H", paper.x(bucket.from), path.empty() ? " " : "V",
                        paper.y(bucket.fewest));
    if (bucket.most != bucket.fewest) path += fmt::format("V{:.1f}", paper.y(bucket.most));
  }
  path += fmt::format("H{:.1f}", paper.x(run.ticks.back().at + run.poll));
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"/>\n", path, colour);
}

std::string text(double x, double y, const char* anchor, std::string_view words, const char* colour = "#334155") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", x, y, anchor, colour,
                     escaped(words));
}

std::string axes(const Paper& paper, const Scale& scale) {
  std::string out;
  for (int i = 0; i <= 5; ++i) {
    const double pods = paper.top * i / 5, y = paper.y(pods);
    out += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"#e2e8f0\"/>\n", kLeft, y, kWidth - kRight);
    out += text(kLeft - 8, y + 4, "end", fmt::format("{:g}", pods));
    if (scale.perPod > 0) out += text(kWidth - kRight + 8, y + 4, "start", fmt::format("{:g}", pods * scale.perPod));
  }
  out += text(kLeft - 8, kTop - 14, "end", "pods");
  if (scale.perPod > 0) out += text(kWidth - kRight + 8, kTop - 14, "start", scale.metric);
  out += text(kLeft, kHeight - 14, "start", formatTimestamp(paper.from));
  return out + text(kWidth - kRight, kHeight - 14, "end", formatTimestamp(paper.to));
}

}  // namespace

std::string renderSvg(std::span<const NamedRun> runs, const Scale& scale) {
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, kHeight);
  const bool empty =
      runs.empty() || std::ranges::any_of(runs, [](const NamedRun& one) { return one.run.ticks.empty(); });
  if (!empty) {
    const Paper paper = paperFor(runs);
    out += loadArea(runs.front().run, paper) + axes(paper, scale);
    double at = kLeft + 10;
    out += text(at, 18, "start", "load", "#64748b");
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const char* colour = kColours[i % kColours.size()];
      out += replicaLine(runs[i].run, paper, colour);
      at += 60 + (i > 0 ? 8.0 * static_cast<double>(runs[i - 1].name.size()) : 0.0);
      out += text(at, 18, "start", "replicas: " + runs[i].name, colour);
      at += 50;
    }
  }
  return out + "</svg>\n";
}

}  // namespace tidewright::simulate
