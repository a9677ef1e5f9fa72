#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/control/shop.h"

namespace tidewright::control {

/// One app, "shop/web", in a cluster that works: an API server in memory that keeps what is written (names are unique,
/// stale versions conflict), controllers that make pods and endpoints of it, and an operator with its real parts, which
/// can be killed at any of its writes and is then started anew with nothing in its memory.
class SmallCluster {
 public:
  enum class Fate {
    WrittenAndKilled,     ///< the write took effect, and nobody lives to hear of it
    KilledBeforeWriting,  ///< it did not
    AnswerLost,           ///< it took effect, but the operator was told that it had not
  };

  explicit SmallCluster(nlohmann::json spec);
  ~SmallCluster();

  /// What a user applies.
  void edit(const std::function<void(nlohmann::json& spec)>& change);
  /// What a user asks for by the annotation.
  void ask(const std::string& command);
  /// Fate strikes at that write of those that are still to come, counted from 0.
  void strike(int write, Fate fate);
  /// Until nothing happens any more; what is wrong is told to gtest.
  void run();

  /// Of the operator, since the last `edit` or `ask`; Events are not counted.
  [[nodiscard]] const std::vector<std::string>& writes() const { return writes_; }
  /// All objects, without times and versions.
  [[nodiscard]] nlohmann::json state() const;
  [[nodiscard]] const nlohmann::json& object(const std::string& path) const { return objects_.at(path); }

  OneSample samples;

 private:
  using json = nlohmann::json;
  struct Operator;
  struct Answer {
    int status = 200;
    json body;
  };

  Result<http::FakeAnswer> answer(const http::Request& request);
  Answer take(const http::Request& request, const std::string& path);
  Answer post(const std::string& collection, json object);
  Answer patch(const std::string& path, const json& body, bool apply);
  void touch(json& object);

  [[nodiscard]] bool letControllersWork();
  void fillCaches();

  [[nodiscard]] int64_t replicas() const;
  [[nodiscard]] int64_t available() const;
  [[nodiscard]] int64_t behindTheService() const;
  [[nodiscard]] int32_t desired() const;
  void checkWrite(const std::string& line, int64_t replicasBefore, int64_t availableBefore,
                  int64_t servingBefore) const;

  FakeClock clock_;
  std::map<std::string, json> objects_;  ///< by "replicasets/web-abc"
  int version_ = 100;
  std::vector<std::string> writes_;
  std::optional<std::pair<int, Fate>> strike_;
  bool dead_ = false;
  http::FakeTransport transport_;
  kube::Client client_;
  Log log_;
  Metrics metrics_;
  std::unique_ptr<Operator> operator_;
};

}  // namespace tidewright::control
