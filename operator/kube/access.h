#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/http/url.h"

namespace tidewright::kube {

/// PEM, either in a file, which is read anew for each connection, or here. The text wins.
struct FileOrText {
  std::string file;
  std::string text;
  [[nodiscard]] bool empty() const { return file.empty() && text.empty(); }
};

/// A program that prints an ExecCredential (client.authentication.k8s.io).
struct ExecPlugin {
  std::string apiVersion;  ///< "client.authentication.k8s.io/v1" or ".../v1beta1"
  std::string command;     ///< A path, or a name that is looked up in $PATH
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  ///< On top of our own
  std::string installHint;                               ///< Shown when the command is missing
  bool provideClusterInfo = false;
};

/// How to reach an API server, and as whom: what a kubeconfig's context or a pod's service account say. Holds secrets:
/// it is never printed.
struct Access {
  http::Url server;
  FileOrText certificateAuthority;  ///< Empty: the system's
  bool insecureSkipTlsVerify = false;
  std::string tlsServerName;
  std::optional<http::Url> proxy;

  FileOrText clientCertificate;
  FileOrText clientKey;
  std::string token;
  std::string tokenFile;  ///< Wins over token, which is used until the file can be read
  std::optional<ExecPlugin> exec;
  std::string impersonateUser;
  std::vector<std::string> impersonateGroups;

  std::string defaultNamespace = "default";
};

}  // namespace tidewright::kube
