#include "cli/render_history.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/duration.h"
#include "cli/layout.h"
#include "cli/revision_mark.h"

namespace tidewright::cli {

std::string renderHistory(const AppView& view, WallTime now, int width) {
  std::string out;
  for (const WorkloadView& workload : view.workloads) {
    if (!workload.shard.empty()) out += fmt::format("{}shard {}\n", out.empty() ? "" : "\n", workload.shard);
    if (workload.revisions.empty()) {
      out += fmt::format("{} has no revisions yet\n", view.app.name);
      continue;
    }
    std::vector<std::vector<std::string>> rows;
    for (const RevisionView& revision : workload.revisions) {
      rows.push_back({std::to_string(revision.set.record.number), revision.set.revision,
                      std::to_string(revision.set.replicas), durationText(now - revision.set.createdAt),
                      fmt::format("{}", fmt::join(revision.images, ",")), marksOf(workload, revision)});
    }
    out += table({{"NUMBER", true}, {"REVISION"}, {"PODS", true}, {"AGE", true}, {"IMAGE"}, {"MARKS"}}, rows, width);
  }
  return out;
}

}  // namespace tidewright::cli
