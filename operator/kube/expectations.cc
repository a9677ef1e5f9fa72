#include "operator/kube/expectations.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace tidewright::kube {
namespace {

std::uint64_t number(std::string_view version) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), out);
  return error == std::errc() && end == version.data() + version.size() ? out : 1;
}

}  // namespace

void Expectations::wrote(const ObjectKey& key, std::string_view cache, std::string_view resourceVersion) {
  if (resourceVersion.empty()) return;
  const std::uint64_t version = number(resourceVersion);
  const std::lock_guard lock(mutex_);
  Cache& at = caches_[std::string(cache)];
  // The watch is sometimes quicker than the answer.
  if (at.seen >= version) return;
  at.waiting.emplace(version, key);
  expected_[key].push_back({.cache = std::string(cache), .version = version, .until = clock_.mono() + patience_});
}

void Expectations::deleted(const ObjectKey& key, std::string_view cache, std::function<bool()> seen) {
  const std::lock_guard lock(mutex_);
  expected_[key].push_back({.cache = std::string(cache), .seen = std::move(seen), .until = clock_.mono() + patience_});
}

std::vector<ObjectKey> Expectations::seenVersion(std::string_view cache, std::string_view resourceVersion) {
  const std::uint64_t version = number(resourceVersion);
  std::vector<ObjectKey> keys;
  const std::lock_guard lock(mutex_);
  Cache& at = caches_[std::string(cache)];
  at.seen = version;
  const auto end = at.waiting.upper_bound(version);
  for (auto waiting = at.waiting.begin(); waiting != end; ++waiting) keys.push_back(std::move(waiting->second));
  at.waiting.erase(at.waiting.begin(), end);
  return keys;
}

void Expectations::forget(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  expected_.erase(key);
  for (auto& [name, cache] : caches_)
    std::erase_if(cache.waiting, [&](const auto& entry) { return entry.second == key; });
}

std::vector<Expectations::Expected> Expectations::takeUnseenVersions(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto node = expected_.extract(key);
  if (node.empty()) return {};
  std::vector<Expected> missing = std::move(node.mapped());
  std::erase_if(missing, [this](const Expected& e) { return !e.seen && caches_[e.cache].seen >= e.version; });
  return missing;
}

Expectations::Verdict Expectations::check(const ObjectKey& key) {
  // Taken out, so that `seen` is asked without the lock; nobody else decides for this key meanwhile.
  std::vector<Expected> missing = takeUnseenVersions(key);
  const MonoTime now = clock_.mono();
  std::erase_if(missing, [now](const Expected& e) {
    // After a fresh list, a deletion that the cache still does not show was of something else.
    return e.seen && (e.seen() || (e.relisted && e.until <= now));
  });
  if (missing.empty()) return {};

  Verdict verdict{.ready = false, .wait = patience_};
  for (Expected& e : missing) {
    if (e.until <= now) {
      if (std::ranges::find(verdict.relist, e.cache) == verdict.relist.end()) verdict.relist.push_back(e.cache);
      e.relisted = true;
      e.until = now + patience_;
    }
    verdict.wait = std::min(verdict.wait, e.until - now);
  }
  const std::lock_guard lock(mutex_);
  std::vector<Expected>& kept = expected_[key];
  std::ranges::move(missing, std::back_inserter(kept));
  return verdict;
}

}  // namespace tidewright::kube
