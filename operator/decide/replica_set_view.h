#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/api/template_revision.h"
#include "operator/clock.h"
#include "operator/decide/proportional.h"

namespace tidewright::decide {

/// What keeps pods of a ReplicaSet from working, in the kubelet's own words.
struct PodProblem {
  std::string reason;   ///< CrashLoopBackOff, ImagePullBackOff, ErrImagePull, CreateContainerConfigError, Unschedulable
  std::string message;  ///< "container app: back-off 40s restarting failed container"
  int32_t restarts = 0;
  int32_t pods = 1;  ///< how many have it
};

/// What we write down on a ReplicaSet about its revision. Lives in annotations, so that losing the app's status loses
/// none of it.
struct RevisionRecord {
  std::string fingerprint;  ///< see api::Revision
  int64_t number = 0;       ///< 1, 2, 3 ...: the order in which the user asked for the revisions
  std::optional<SizedFor> sizedFor;
  std::optional<WallTime> promotedAt;  ///< when it had become the whole app; the latest one is the stable revision
  std::string failed;                  ///< why its rollout was undone; empty: it was not

  bool operator==(const RevisionRecord&) const = default;
};

inline constexpr std::string_view kFingerprintAnnotation = "tidewright.dev/template";
inline constexpr std::string_view kNumberAnnotation = "tidewright.dev/revision-number";
inline constexpr std::string_view kSizedForAnnotation = "tidewright.dev/sized-for";
inline constexpr std::string_view kPromotedAtAnnotation = "tidewright.dev/promoted-at";
inline constexpr std::string_view kFailedAnnotation = "tidewright.dev/failed";

/// Annotations that say the record; fields that say nothing are left out.
[[nodiscard]] std::map<std::string, std::string> annotationsOf(const RevisionRecord& record);
/// Never fails: what is absent or cannot be read is as if it had never been written.
[[nodiscard]] RevisionRecord recordFrom(const std::map<std::string, std::string>& annotations);

/// One ReplicaSet of a workload as the decision sees it.
struct ReplicaSetView {
  std::string name;
  std::string revision;  ///< the `tidewright.dev/revision` label
  RevisionRecord record;
  int32_t replicas = 0;  ///< asked for
  int32_t ready = 0;
  int32_t available = 0;  ///< serving: where a Service exists, no more than have ready endpoints in it
  int32_t pods = 0;       ///< that exist, terminating ones included
  WallTime createdAt;
  std::vector<PodProblem> problems;
};

/// The revision to use for `source`: that of an existing ReplicaSet of the same template, else one whose name no
/// existing ReplicaSet has taken.
[[nodiscard]] api::Revision resolveRevision(const api::RevisionSource& source, const std::vector<ReplicaSetView>& sets);

}  // namespace tidewright::decide
