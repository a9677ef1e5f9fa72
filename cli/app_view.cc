#include "cli/app_view.h"

#include <algorithm>

#include "operator/decide/labels.h"
#include "operator/decide/revision_source.h"
#include "operator/kube/fields.h"
#include "operator/kube/parse.h"

namespace tidewright::cli {
namespace {

using nlohmann::json;
namespace fields = kube::fields;

const kube::Keep kOurs{.labelPrefixes = {"tidewright.dev/"}, .annotationPrefixes = {"tidewright.dev/"}};

api::ScaledApp appOf(const json& object) {
  if (Result<api::ScaledApp> read = api::parseScaledApp(object)) return *std::move(read);
  return {.name = fields::text(fields::at(object, "metadata", "name")),
          .ns = fields::text(fields::at(object, "metadata", "namespace")),
          .uid = fields::text(fields::at(object, "metadata", "uid")),
          .generation = fields::integer<int64_t>(fields::at(object, "metadata", "generation")),
          .annotations = {},
          .spec = {}};
}

std::string labelOf(const kube::ObjectMeta& meta, std::string_view name) {
  const std::string* value = kube::find(meta.labels, name);
  return value == nullptr ? std::string() : *value;
}

std::vector<std::string> imagesOf(const json& replicaSet) {
  std::vector<std::string> images;
  const json& containers = fields::at(replicaSet, "spec", "template", "spec", "containers");
  if (!containers.is_array()) return images;
  for (const json& container : containers) images.push_back(fields::text(fields::at(container, "image")));
  return images;
}

std::vector<kube::Pod> podsOf(const std::string& uid, const std::vector<kube::Pod>& pods) {
  std::vector<kube::Pod> own;
  std::ranges::copy_if(pods, std::back_inserter(own), [&](const kube::Pod& pod) { return pod.meta.owner.uid == uid; });
  std::ranges::sort(own, [](const kube::Pod& a, const kube::Pod& b) {
    return std::tie(a.meta.creationTimestamp, a.meta.name) < std::tie(b.meta.creationTimestamp, b.meta.name);
  });
  return own;
}

RevisionView revisionOf(const kube::ReplicaSet& set, const json& object, const std::vector<kube::Pod>& pods) {
  const std::map<std::string, std::string> annotations(set.meta.annotations.begin(), set.meta.annotations.end());
  RevisionView view{.set = {.name = set.meta.name,
                            .revision = labelOf(set.meta, decide::kRevisionLabel),
                            .record = decide::recordFrom(annotations),
                            .replicas = set.specReplicas,
                            .ready = set.readyReplicas,
                            .available = set.availableReplicas,
                            .createdAt = set.meta.creationTimestamp},
                    .images = imagesOf(object),
                    .pods = podsOf(set.meta.uid, pods)};
  view.source =
      decide::sourceFrom(fields::text(fields::at(object, "metadata", "annotations", decide::kSourceAnnotation)));
  view.set.pods = static_cast<int32_t>(view.pods.size());
  return view;
}

std::vector<WorkloadView> workloadsOf(const api::ScaledAppStatus& status) {
  if (status.shards.empty()) {
    return {{.desired = status.desiredReplicas, .status = status.workload, .autoscaling = status.autoscaling}};
  }
  std::vector<WorkloadView> workloads;
  for (const api::ShardStatus& shard : status.shards) {
    workloads.push_back(
        {.shard = shard.name, .desired = shard.desired, .status = shard.workload, .autoscaling = shard.autoscaling});
  }
  return workloads;
}

}  // namespace

AppView viewOf(const json& object, const std::vector<json>& replicaSets, const std::vector<json>& pods) {
  AppView view{.app = appOf(object), .status = api::parseScaledAppStatus(fields::at(object, "status"))};
  view.workloads = workloadsOf(view.status);

  std::vector<kube::Pod> readPods;
  const auto readPod = kube::podParser();
  for (const json& pod : pods) {
    if (Result<kube::Pod> read = readPod(pod.dump())) readPods.push_back(*std::move(read));
  }
  const auto readSet = kube::replicaSetParser(kOurs);
  for (const json& item : replicaSets) {
    const Result<kube::ReplicaSet> set = readSet(item.dump());
    if (!set || set->meta.owner.uid != view.app.uid) continue;
    const std::string shard = labelOf(set->meta, decide::kShardLabel);
    const auto workload = std::ranges::find(view.workloads, shard, &WorkloadView::shard);
    if (workload != view.workloads.end()) workload->revisions.push_back(revisionOf(*set, item, readPods));
  }
  for (WorkloadView& workload : view.workloads) {
    std::ranges::sort(workload.revisions, [](const RevisionView& a, const RevisionView& b) {
      return std::tie(b.set.record.number, b.set.createdAt) < std::tie(a.set.record.number, a.set.createdAt);
    });
  }
  return view;
}

}  // namespace tidewright::cli
