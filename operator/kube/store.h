#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "operator/kube/objects.h"
#include "operator/packed.h"

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

/// The last known state of all objects of one kind (T has a member `meta`, and `kFields` that begin with it). What is
/// kept is packed: with ten thousand apps the caches are most of the memory. Reading is for any thread and gives
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
    return found == entries_.end() ? nullptr : unpacked(*found);
  }
  [[nodiscard]] Pointer get(const ObjectKey& key) const { return get(key.ns, key.name); }

  /// Those whose controller is the object of that uid; by name, so that decisions do not depend on hashing.
  [[nodiscard]] std::vector<Pointer> ownedBy(const std::string& uid) const {
    std::vector<Pointer> out;
    {
      const std::lock_guard lock(mutex_);
      const auto [begin, end] = byOwner_.equal_range(std::string_view(uid));
      std::transform(begin, end, std::back_inserter(out), [](const Entry* entry) { return unpacked(*entry); });
    }
    return sorted(std::move(out));
  }
  /// Those that the extra index calls `value`; by name.
  [[nodiscard]] std::vector<Pointer> indexed(const std::string& value) const {
    std::vector<Pointer> out;
    {
      const std::lock_guard lock(mutex_);
      if (const auto group = byExtra_.find(value); group != byExtra_.end()) {
        for (const Entry* entry : group->second) out.push_back(unpacked(*entry));
      }
    }
    return sorted(std::move(out));
  }

  [[nodiscard]] std::vector<ObjectKey> keys() const {
    std::vector<ObjectKey> out;
    const std::lock_guard lock(mutex_);
    out.reserve(entries_.size());
    for (const Entry& entry : entries_) out.emplace_back(std::string(entry.ns()), std::string(entry.name()));
    return out;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  /// Adds or updates. The same name with another uid was deleted and made again while we did not look: both are told.
  void put(T object, bool fromList = false) {
    Pointer before;
    if (!swapIn(object, before)) return;
    auto after = std::make_shared<const T>(std::move(object));
    if (before && before->meta.uid != after->meta.uid) {
      tell({std::move(before), nullptr, fromList});
      before = nullptr;
    }
    tell({std::move(before), std::move(after), fromList});
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
  /// A list's round marks what it has shown.
  struct Entry {
    Packed object;
    mutable std::uint32_t round = 0;

    // What ObjectMeta begins with.
    [[nodiscard]] std::string_view ns() const { return Unpacker(object.bytes()).text(); }
    [[nodiscard]] std::string_view name() const { return text(1); }
    [[nodiscard]] std::string_view resourceVersion() const { return text(2); }
    [[nodiscard]] std::string_view uid() const { return text(3); }
    [[nodiscard]] std::string_view owner() const { return text(4); }

   private:
    [[nodiscard]] std::string_view text(int which) const {
      Unpacker head(object.bytes());
      for (; which > 0; --which) (void)head.text();
      return head.text();
    }
  };
  struct Name {
    std::string_view ns, name;
  };
  struct ByName {
    using is_transparent = void;
    static Name name(const Entry& entry) { return {entry.ns(), entry.name()}; }
    static Name name(const Name& name) { return name; }
    std::size_t operator()(const auto& of) const noexcept {
      const std::hash<std::string_view> hash;
      const Name named = name(of);
      return hash(named.name) * 31 + hash(named.ns);
    }
    bool operator()(const auto& a, const auto& b) const {
      const Name one = name(a), other = name(b);
      return one.name == other.name && one.ns == other.ns;
    }
  };
  struct ByOwner {
    using is_transparent = void;
    static std::string_view uid(const Entry* entry) { return entry->owner(); }
    static std::string_view uid(std::string_view uid) { return uid; }
    std::size_t operator()(const auto& of) const noexcept { return std::hash<std::string_view>()(uid(of)); }
    bool operator()(const auto& a, const auto& b) const { return uid(a) == uid(b); }
  };
  using Entries = std::unordered_set<Entry, ByName, ByName>;
  using Groups = std::unordered_map<std::string, std::vector<const Entry*>>;

  [[nodiscard]] static Pointer unpacked(const Entry& entry) {
    return std::make_shared<const T>(entry.object.template as<T>());
  }

  /// False: it is there already, in this very version. `before`: what it takes the place of.
  bool swapIn(const T& object, Pointer& before) {
    const ObjectMeta& meta = object.meta;
    Entry entry{Packed(object)};
    const std::lock_guard lock(mutex_);
    entry.round = round_;
    if (const auto found = entries_.find(Name{meta.ns, meta.name}); found != entries_.end()) {
      const bool isSame = found->uid() == meta.uid && found->resourceVersion() == meta.resourceVersion;
      if (isSame) {
        found->round = round_;
        return false;
      }
      before = takeOut(found);
    }
    link(*entries_.insert(std::move(entry)).first, object);
    return true;
  }

  bool takeOut(const ObjectKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(Name{key.ns, key.name});
    if (found == entries_.end()) return false;
    takeOut(found);
    return true;
  }

  Pointer takeOut(typename Entries::iterator found) {
    Pointer object = unpacked(*found);
    unlink(*found, *object);
    entries_.erase(found);
    return object;
  }

  std::vector<Pointer> takeOutUnlisted() {
    std::vector<Pointer> gone;
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (entry->round != round_) gone.push_back(takeOut(entry));
      entry = next;
    }
    return gone;
  }

  void link(const Entry& entry, const T& object) {
    if (!object.meta.owner.uid.empty()) byOwner_.insert(&entry);
    if (std::string value = extra_ ? extra_(object) : ""; !value.empty()) byExtra_[std::move(value)].push_back(&entry);
  }
  void unlink(const Entry& entry, const T& object) {
    const auto [begin, end] = byOwner_.equal_range(&entry);
    if (const auto found = std::find(begin, end, &entry); found != end) byOwner_.erase(found);
    if (!extra_) return;
    const auto group = byExtra_.find(extra_(object));
    if (group == byExtra_.end()) return;
    std::erase(group->second, &entry);
    if (group->second.empty()) byExtra_.erase(group);
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
  Entries entries_;
  std::unordered_multiset<const Entry*, ByOwner, ByOwner> byOwner_;
  Groups byExtra_;
  std::uint32_t round_ = 0;
};

}  // namespace tidewright::kube
