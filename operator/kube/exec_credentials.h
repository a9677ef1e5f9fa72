#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "operator/clock.h"
#include "operator/kube/credentials.h"
#include "operator/kube/subprocess.h"

namespace tidewright::kube {

struct ExecCredential {
  Credential credential;
  std::optional<WallTime> expires;
};

/// An ExecCredential object as a plugin prints it. Invalid naming the field; no error shows a value.
[[nodiscard]] Result<ExecCredential> parseExecCredential(std::string_view json, std::string_view apiVersion);

/// Credentials that a program prints. It is run when they are first needed, when they expire within 10 s, and when
/// they were refused; by one thread at a time, while the others wait for its answer.
class ExecCredentials final : public CredentialSource {
 public:
  using Run = std::function<Result<std::string>(const Command& command, std::stop_token stop)>;

  /// `access` says what the plugin may be told of the cluster. `clock` must outlive it. `run` is for tests.
  ExecCredentials(ExecPlugin plugin, const Access& access, const Clock& clock, Run run = {});

  Result<Credential> current(std::stop_token stop) override;
  bool refused(const std::string& token) override;

 private:
  [[nodiscard]] bool isFresh() const;  ///< Under the lock
  [[nodiscard]] Result<ExecCredential> ask(const std::stop_token& stop) const;

  const ExecPlugin plugin_;
  const std::string execInfo_;  ///< The JSON that tells the plugin what is wanted
  const Clock& clock_;
  const Run run_;
  std::mutex mutex_;
  std::condition_variable_any done_;
  std::optional<ExecCredential> known_;
  bool running_ = false;
};

}  // namespace tidewright::kube
