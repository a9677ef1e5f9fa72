#include "operator/control/secrets.h"

#include <chrono>
#include <utility>

#include "operator/kube/base64.h"

namespace tidewright::control {
namespace {

using std::chrono::seconds;

constexpr seconds kFresh{60};
constexpr seconds kDoubtful{5};
/// What nobody has asked for so long is forgotten.
constexpr std::chrono::minutes kKept{10};

}  // namespace

Result<std::shared_ptr<const SecretData>> Secrets::get(const kube::ObjectKey& key, std::stop_token stop) {
  {
    std::unique_lock lock(mutex_);
    const MonoTime now = clock_.mono();
    std::erase_if(entries_, [&](const auto& one) {
      return one.first != key && !one.second.reading && now - one.second.usedAt > kKept;
    });
    Entry& entry = entries_[key];  // Stays where it is while it is being read.
    entry.usedAt = now;
    changed_.wait(lock, stop, [&entry] { return !entry.reading; });
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped");
    if (entry.held && isFresh(entry, clock_.mono())) return *entry.held;
    entry.reading = true;
  }
  Held held = decode(key, read_(key, std::move(stop)));
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.at(key);
    entry.reading = false;
    entry.doubted = false;
    entry.readAt = clock_.mono();
    const bool nobodyKnows =
        !held && held.error().code() != ErrorCode::NotFound && held.error().code() != ErrorCode::Forbidden;
    if (nobodyKnows && entry.held && *entry.held) {
      held = *entry.held;
      entry.doubted = true;  // Old as it is, it is asked for again soon.
    } else {
      entry.held = held;
    }
  }
  changed_.notify_all();
  return held;
}

void Secrets::doubt(const kube::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) found->second.doubted = true;
}

bool Secrets::isFresh(const Entry& entry, MonoTime now) const {
  return now - entry.readAt < (entry.doubted || !*entry.held ? kDoubtful : kFresh);
}

Secrets::Held Secrets::decode(const kube::ObjectKey& key, const Result<kube::Json>& answer) const {
  const std::string name = fmt::format("Secret {} in namespace {}", key.name, key.ns);
  if (!answer) {
    switch (answer.error().code()) {
      case ErrorCode::NotFound: return fail(ErrorCode::NotFound, "{} does not exist", name);
      case ErrorCode::Forbidden:
        return fail(ErrorCode::Forbidden,
                    "{} may not be read by the operator: install the chart with rbac.readSecrets=true, or apply "
                    "manifests/rbac/read_secrets.yaml",
                    name);
      default: return fail(answer.error().in("{}", name));
    }
  }
  auto data = std::make_shared<SecretData>();
  const auto found = answer->find("data");
  if (found == answer->end() || !found->is_object()) return data;
  for (const auto& [field, value] : found->items()) {
    if (!value.is_string()) continue;
    Result<std::string> bytes = kube::decodeBase64(value.get_ref<const std::string&>());
    if (!bytes) return fail(bytes.error().in("{}, key {}", name, field));
    (*data)[field] = *std::move(bytes);
  }
  return data;
}

}  // namespace tidewright::control
