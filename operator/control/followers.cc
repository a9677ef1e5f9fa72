#include "operator/control/followers.h"

namespace tidewright::control {

void Followers::follow(const kube::ObjectKey& app, std::string_view cache,
                       const std::vector<kube::ObjectKey>& objects) {
  const Name self(cache, app);
  std::set<kube::ObjectKey> wanted(objects.begin(), objects.end());
  const std::lock_guard lock(mutex_);
  const auto before = byApp_.find(self);
  if (before == byApp_.end() ? wanted.empty() : before->second == wanted) return;
  if (before != byApp_.end()) {
    for (const kube::ObjectKey& object : before->second) {
      const auto apps = byObject_.find({self.first, object});
      apps->second.erase(app);
      if (apps->second.empty()) byObject_.erase(apps);
    }
    byApp_.erase(before);
  }
  for (const kube::ObjectKey& object : wanted) byObject_[{self.first, object}].insert(app);
  if (!wanted.empty()) byApp_.emplace(self, std::move(wanted));
}

std::vector<kube::ObjectKey> Followers::of(std::string_view cache, const kube::ObjectKey& object) const {
  const std::lock_guard lock(mutex_);
  const auto found = byObject_.find({std::string(cache), object});
  if (found == byObject_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace tidewright::control
