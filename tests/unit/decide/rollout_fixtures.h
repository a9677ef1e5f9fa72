#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "operator/decide/rollout.h"

namespace tidewright::decide {

using std::chrono::seconds;

constexpr WallTime t0{seconds(1'700'000'000)};

inline api::Revision revision(const std::string& hash) { return {hash, "fingerprint of " + hash}; }

struct SetOptions {
  int32_t replicas = 4;
  int32_t available = 4;
  int64_t number = 1;
  bool promoted = false;
  std::string failed;
  std::vector<PodProblem> problems;
};

inline ReplicaSetView set(const std::string& hash, SetOptions options) {
  ReplicaSetView view{.name = "web-" + hash,
                      .revision = hash,
                      .record = {.fingerprint = revision(hash).fingerprint,
                                 .number = options.number,
                                 .sizedFor = SizedFor{4, 5},
                                 .failed = options.failed},
                      .replicas = options.replicas,
                      .ready = options.available,
                      .available = options.available,
                      .pods = options.replicas,
                      .createdAt = t0 - seconds(1000) + seconds(options.number),
                      .problems = options.problems};
  if (options.promoted) view.record.promotedAt = t0 - seconds(500) + seconds(options.number);
  return view;
}

inline RolloutInput input(std::vector<ReplicaSetView> sets, const std::string& target = "new") {
  return {.target = revision(target), .desired = 4, .replicaSets = std::move(sets)};
}

/// What the actions do, as a person would say it.
inline std::vector<std::string> said(const RolloutDecision& decision) {
  std::vector<std::string> all;
  for (const RolloutAction& action : decision.actions) {
    if (const auto* create = std::get_if<CreateReplicaSet>(&action)) {
      all.push_back(fmt::format("create {} with {}", create->revision.hash, create->replicas));
    } else if (const auto* update = std::get_if<UpdateReplicaSet>(&action)) {
      std::string text = update->name;
      if (update->replicas) text += fmt::format(" to {}", *update->replicas);
      for (const auto& [name, value] : update->annotations) {
        text += fmt::format(" {}{}", value ? "+" : "-", name.substr(name.find('/') + 1));
      }
      all.push_back(text);
    } else {
      all.push_back("delete " + std::get<DeleteReplicaSet>(action).name);
    }
  }
  return all;
}

using Said = std::vector<std::string>;

inline RolloutInput canaryAt(int32_t canary, int32_t stable, std::vector<api::RolloutStep> steps) {
  auto in = input({set("old", {.replicas = stable, .available = stable, .promoted = true}),
                   set("new", {.replicas = canary, .available = canary, .number = 2})});
  in.spec.strategy = api::RolloutStrategy::Canary;
  in.spec.steps = std::move(steps);
  return in;
}

}  // namespace tidewright::decide
