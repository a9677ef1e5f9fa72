#include "cli/render_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/count_reason.h"
#include "cli/duration.h"
#include "cli/layout.h"
#include "cli/pod_state.h"
#include "cli/revision_mark.h"
#include "operator/api/stored.h"

namespace tidewright::cli {
namespace {

constexpr std::string_view kIndent = "  ";

/// A line of the head: what it is about, then the rest, wrapped behind it.
std::string fact(std::string_view title, const std::string& text, int width) {
  constexpr std::string_view kUnder = "            ";
  std::string lines = wrapped(text, kUnder, width);
  const std::string label = fmt::format("{}{:<{}}", kIndent, title, kUnder.size() - kIndent.size());
  return lines.replace(0, kUnder.size(), label);
}

std::string stepText(const api::RolloutStep& step) {
  if (const auto* set = std::get_if<api::SetWeight>(&step)) return fmt::format("weight {}", set->weight);
  if (const auto* analysis = std::get_if<api::AnalysisStep>(&step)) {
    return fmt::format("analysis {}", fmt::join(analysis->metrics, ", "));
  }
  const auto& pause = std::get<api::Pause>(step);
  return pause.duration ? fmt::format("pause of {}", durationText(*pause.duration)) : "pause until promote";
}

/// "" when the app is one revision and stays so.
std::string rolloutText(const api::RolloutSpec& spec, const WorkloadView& workload, WallTime now) {
  const api::WorkloadStatus& status = workload.status;
  if (status.currentRevision.empty() || status.currentRevision == status.stableRevision) return {};
  const api::RolloutStatus& rollout = status.rollout;
  std::string text = fmt::format("{} to {}", api::toString(spec.strategy), status.currentRevision);
  if (rollout.revision != status.currentRevision) {
    return fmt::format("{} is undone, {} serves", status.currentRevision, status.stableRevision);
  }
  if (rollout.stepCount > 0) {
    const auto index = static_cast<std::size_t>(rollout.stepIndex);
    if (rollout.stepIndex >= rollout.stepCount) {
      text += fmt::format(", all {} steps done", rollout.stepCount);
    } else {
      text += fmt::format(", step {} of {}", rollout.stepIndex + 1, rollout.stepCount);
      if (index < spec.steps.size()) text += fmt::format(" ({})", stepText(spec.steps[index]));
    }
    text += fmt::format(", weight {} % asked, {} % reached", rollout.desiredWeight, rollout.weight);
  }
  if (rollout.pausedAt) text += fmt::format(", waiting for {}", durationText(now - *rollout.pausedAt));
  return text;
}

/// One measurement of the analysis; its fields are the analysis's own, so whatever is absent is left out.
std::string analysisText(const api::MetricAnalysis& metric) {
  std::string text =
      fmt::format("{} {}: {} good, {} bad", metric.name, api::toString(metric.phase), metric.successful, metric.failed);
  if (metric.inconclusive > 0) text += fmt::format(", {} unclear", metric.inconclusive);
  if (!metric.measurements.empty() && metric.measurements.back().value) {
    text += fmt::format(", last {:.4g}", *metric.measurements.back().value);
  }
  if (!metric.message.empty()) text += "; " + metric.message;
  return text;
}

/// The end of the name, which tells versions apart where a line is short: "app:0.2.0", "app@sha256:0123456789ab".
std::string shortImage(const std::string& image) {
  constexpr std::size_t kDigestCharacters = 12;
  const std::string name = image.substr(image.rfind('/') + 1);
  const std::size_t digest = name.find("@sha256:");
  return digest == std::string::npos ? name
                                     : name.substr(0, digest + std::string_view("@sha256:").size() + kDigestCharacters);
}

std::string shortImages(const std::vector<std::string>& images) {
  std::vector<std::string> names;
  for (const std::string& image : images) names.push_back(shortImage(image));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string countsText(const AppView& view, const WorkloadView& workload) {
  const std::string why = countReason(view, workload);
  if (!workload.shard.empty() || view.status.shards.size() > 0) {
    int32_t there = 0, ready = 0;
    for (const RevisionView& revision : workload.revisions) {
      there += revision.set.pods;
      ready += revision.set.ready;
    }
    return fmt::format("{} wanted, {} there, {} ready; wanted by {}", workload.desired, there, ready, why);
  }
  const api::ReplicaCounts& counts = view.status.counts;
  return fmt::format("{} wanted, {} there, {} ready, {} available, {} updated; wanted by {}", workload.desired,
                     counts.replicas, counts.readyReplicas, counts.availableReplicas, counts.updatedReplicas, why);
}

std::string workloadHead(const AppView& view, const WorkloadView& workload, WallTime now, int width) {
  std::string out;
  if (!workload.shard.empty()) out += fmt::format("\nshard {}\n", workload.shard);
  out += fact("pods", countsText(view, workload), width);
  if (const std::string rollout = rolloutText(view.app.spec.rollout, workload, now); !rollout.empty()) {
    out += fact("rollout", rollout, width);
  }
  for (const api::MetricAnalysis& metric : workload.status.rollout.analysis) {
    out += fact("analysis", analysisText(metric), width);
  }
  return out;
}

/// Lines under the tree's own, which the table knows nothing of.
struct Row {
  std::vector<std::string> cells;
  std::string detail;
};

std::vector<Row> rowsOf(const AppView& view, const WorkloadView& workload, WallTime now) {
  std::vector<Row> rows;
  for (const RevisionView& revision : workload.revisions) {
    const decide::ReplicaSetView& set = revision.set;
    const bool serves =
        set.revision == workload.status.stableRevision || set.revision == workload.status.currentRevision;
    if (!serves && set.replicas == 0 && revision.pods.empty()) continue;
    rows.push_back({{fmt::format("#{} {} {}", set.record.number, set.revision,
                                 roleOf(workload, revision, view.app.spec.rollout.strategy)),
                     fmt::format("{}/{} ready", set.ready, set.replicas), "", durationText(now - set.createdAt),
                     shortImages(revision.images)},
                    set.record.failed});
    for (std::size_t i = 0; i < revision.pods.size(); ++i) {
      const kube::Pod& pod = revision.pods[i];
      PodState state = stateOf(pod);
      const bool last = i + 1 == revision.pods.size();
      rows.push_back({{fmt::format("{} {}", last ? "└─" : "├─", pod.meta.name), std::move(state.word),
                       std::to_string(pod.restarts), durationText(now - pod.meta.creationTimestamp)},
                      std::move(state.detail)});
    }
  }
  return rows;
}

std::string tree(const AppView& view, const WorkloadView& workload, WallTime now, int width) {
  const std::vector<Row> rows = rowsOf(view, workload, now);
  if (rows.empty()) return {};
  std::vector<std::vector<std::string>> cells;
  for (const Row& row : rows) cells.push_back(row.cells);
  const std::string lines =
      table({{"REVISION / POD"}, {"STATE"}, {"RESTARTS", true}, {"AGE", true}, {"IMAGE"}}, cells, width);
  // The details go between the table's lines.
  std::string out = "\n";
  std::size_t from = 0;
  for (std::size_t i = 0; from < lines.size(); ++i) {
    const std::size_t end = lines.find('\n', from) + 1;
    out += lines.substr(from, end - from);
    from = end;
    if (i > 0 && !rows[i - 1].detail.empty()) out += cutTo("     " + rows[i - 1].detail, width) + "\n";
  }
  return out;
}

}  // namespace

std::string renderTree(const AppView& view, WallTime now, int width) {
  std::string out = cutTo(fmt::format("{}: {}", view.app.name, api::toString(view.status.phase)), width) + "\n";
  if (!view.isObserved()) {
    out += wrapped("the operator has not answered to the last change of the spec yet", kIndent, width);
  } else if (!view.status.message.empty()) {
    out += wrapped(view.status.message, kIndent, width);
  }
  if (const std::optional<api::LastCommand>& command = view.status.lastCommand) {
    out +=
        fact("command",
             fmt::format("{}, {} ago: {}", command->name, durationText(now - command->time), command->result), width);
  }
  if (const std::optional<api::TargetRef>& target = view.app.spec.targetRef) {
    out += fact("target", fmt::format("{} {}", target->kind, target->name), width);
  }
  for (const WorkloadView& workload : view.workloads) {
    out += workloadHead(view, workload, now, width);
    out += tree(view, workload, now, width);
  }
  return out;
}

}  // namespace tidewright::cli
