#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "operator/kube/objects.h"

namespace tidewright::kube {

/// What became of an object in a store. Added: no `before`. Deleted: no `after`. Updated: both.
template <class T>
struct Change {
  std::shared_ptr<const T> before;
  std::shared_ptr<const T> after;
  /// It came with a list, not because somebody changed it just now: such work can wait for that of a person.
  bool fromList = false;

  /// The newest that is known of it, whatever happened.
  [[nodiscard]] const T& object() const { return after ? *after : *before; }
};

/// The last known state of all objects of one kind (T has a member `meta`). Reading is for any thread and gives
/// snapshots that nobody changes any more. Writing is for one thread, the reflector's: it calls the subscribers, in
/// the order of the changes, without holding a lock. What is written with the resourceVersion that is already there
/// changes nothing and tells nobody.
template <class T>
class Store {
 public:
  using Pointer = std::shared_ptr<const T>;
  using Index = std::function<std::string(const T&)>;
  using Subscriber = std::function<void(const Change<T>&)>;

  /// `extra` gives each object one more name to be found under (see `indexed`); "" leaves the object out of it.
  explicit Store(Index extra = {}) : extra_(std::move(extra)) {}

  /// Only before the first write: a late one would have missed something.
  void subscribe(Subscriber subscriber) { subscribers_.push_back(std::move(subscriber)); }

  /// nullptr if there is none.
  [[nodiscard]] Pointer get(std::string_view ns, std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(Name{ns, name});
    return found == entries_.end() ? nullptr : found->object;
  }
  [[nodiscard]] Pointer get(const ObjectKey& key) const { return get(key.ns, key.name); }

  /// Those whose controller is the object of that uid; by name, so that decisions do not depend on hashing.
  [[nodiscard]] std::vector<Pointer> ownedBy(const std::string& uid) const {
    std::vector<Pointer> out;
    {
      const std::lock_guard lock(mutex_);
      const auto [begin, end] = byOwner_.equal_range(std::string_view(uid));
      out.assign(begin, end);
    }
    return sorted(std::move(out));
  }
  /// Those that the extra index calls `value`; by name.
  [[nodiscard]] std::vector<Pointer> indexed(const std::string& value) const {
    std::vector<Pointer> out;
    {
      const std::lock_guard lock(mutex_);
      if (const auto group = byExtra_.find(value); group != byExtra_.end()) out = group->second;
    }
    return sorted(std::move(out));
  }

  [[nodiscard]] std::vector<Pointer> all() const {
    std::vector<Pointer> out;
    const std::lock_guard lock(mutex_);
    out.reserve(entries_.size());
    for (const Entry& entry : entries_) out.push_back(entry.object);
    return out;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  /// Adds or updates. The same name with another uid was deleted and made again while we did not look: both are told.
  void put(T object, bool fromList = false) {
    auto after = std::make_shared<const T>(std::move(object));
    Pointer before = swapIn(after);
    if (before && before->meta.uid != after->meta.uid) {
      tell({std::move(before), nullptr, fromList});
      before = nullptr;
    }
    if (!before || before->meta.resourceVersion != after->meta.resourceVersion) {
      tell({std::move(before), std::move(after), fromList});
    }
  }

  /// The last state, as the watch gives it, is what the subscribers see as `before`. Unknown: nothing happens.
  void remove(T lastState) {
    if (takeOut(lastState.meta.key())) tell({std::make_shared<const T>(std::move(lastState)), nullptr, false});
  }

  /// A new list begins: all that is not put (or kept) between this and `finishReplace` is gone by then. Beginning once
  /// more forgets an unfinished one, and nothing is lost.
  void beginReplace() {
    const std::lock_guard lock(mutex_);
    ++round_;
  }

  /// The list has it, in a form we cannot read: what we knew of it stays.
  void keep(const ObjectKey& key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(Name{key.ns, key.name}); found != entries_.end()) found->round = round_;
  }

  /// The list is complete: a delete that we missed becomes one now.
  void finishReplace() {
    for (Pointer& gone : takeOutUnlisted()) tell({std::move(gone), nullptr, true});
  }

 private:
  struct Name {
    std::string_view ns, name;
  };
  /// The key lives in the object; a list's round marks what it has shown.
  struct Entry {
    Pointer object;
    mutable std::uint32_t round = 0;
  };
  struct ByName {
    using is_transparent = void;
    static Name name(const Entry& entry) { return {entry.object->meta.ns, entry.object->meta.name}; }
    static Name name(const Name& name) { return name; }
    std::size_t operator()(const auto& of) const {
      const std::hash<std::string_view> hash;
      return hash(name(of).name) * 31 + hash(name(of).ns);
    }
    bool operator()(const auto& a, const auto& b) const {
      return name(a).name == name(b).name && name(a).ns == name(b).ns;
    }
  };
  /// The uid lives in the object, too: an index of its own strings would be larger than many an object.
  struct ByOwner {
    using is_transparent = void;
    static std::string_view uid(const Pointer& object) { return object->meta.owner.uid; }
    static std::string_view uid(std::string_view uid) { return uid; }
    std::size_t operator()(const auto& of) const { return std::hash<std::string_view>()(uid(of)); }
    bool operator()(const auto& a, const auto& b) const { return uid(a) == uid(b); }
  };
  using Groups = std::unordered_map<std::string, std::vector<Pointer>>;

  Pointer swapIn(const Pointer& after) {
    const std::lock_guard lock(mutex_);
    Pointer before;
    if (const auto found = entries_.find(Name{after->meta.ns, after->meta.name}); found != entries_.end()) {
      before = found->object;
      unlink(before);
      entries_.erase(found);
    }
    entries_.insert(Entry{after, round_});
    link(after);
    return before;
  }

  bool takeOut(const ObjectKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(Name{key.ns, key.name});
    if (found == entries_.end()) return false;
    unlink(found->object);
    entries_.erase(found);
    return true;
  }

  std::vector<Pointer> takeOutUnlisted() {
    std::vector<Pointer> gone;
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (entry->round == round_) {
        ++entry;
        continue;
      }
      unlink(entry->object);
      gone.push_back(entry->object);
      entry = entries_.erase(entry);
    }
    return gone;
  }

  void link(const Pointer& object) {
    if (!object->meta.owner.uid.empty()) byOwner_.insert(object);
    if (std::string value = extra_ ? extra_(*object) : ""; !value.empty()) {
      byExtra_[std::move(value)].push_back(object);
    }
  }
  void unlink(const Pointer& object) {
    const auto [begin, end] = byOwner_.equal_range(object);
    if (const auto found = std::find(begin, end, object); found != end) byOwner_.erase(found);
    if (extra_) dropFrom(byExtra_, extra_(*object), object);
  }
  static void dropFrom(Groups& groups, const std::string& name, const Pointer& object) {
    const auto group = groups.find(name);
    if (group == groups.end()) return;
    std::erase(group->second, object);
    if (group->second.empty()) groups.erase(group);
  }

  static std::vector<Pointer> sorted(std::vector<Pointer> out) {
    std::ranges::sort(out, [](const Pointer& a, const Pointer& b) {
      return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
    });
    return out;
  }

  void tell(const Change<T>& change) const {
    for (const Subscriber& subscriber : subscribers_) subscriber(change);
  }

  const Index extra_;
  std::vector<Subscriber> subscribers_;
  mutable std::mutex mutex_;
  std::unordered_set<Entry, ByName, ByName> entries_;
  std::unordered_multiset<Pointer, ByOwner, ByOwner> byOwner_;
  Groups byExtra_;
  std::uint32_t round_ = 0;
};

}  // namespace tidewright::kube
