#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "operator/control/log.h"

namespace tidewright::control {

/// How the operator was asked to run: flags, and below them the file that --config names.
struct Options {
  std::string kubeconfig;               ///< Empty: $KUBECONFIG, the pod's service account, or ~/.kube/config
  std::string context;                  ///< Empty: the kubeconfig's current one
  std::vector<std::string> namespaces;  ///< Empty: all
  bool leaderElect = true;
  std::string leaseNamespace;  ///< Empty: the namespace of the pod or of the context
  std::string leaseName = "tidewright";
  std::string prometheusUrl;  ///< Empty: every metric names its own server
  int prometheusConcurrency = 16;
  std::string listenHost = "0.0.0.0";
  std::uint16_t listenPort = 8080;  ///< 0: any that is free
  int workers = 4;
  LogLevel logLevel = LogLevel::Info;
  LogFormat logFormat = LogFormat::Text;
  bool check = false;
};

/// The program is to print this and end with that code: help and version with 0, what is wrong with 2.
struct EarlyExit {
  int code = 0;
  std::string text;
};

/// `arguments` without the program's name. What is wrong is named with the flag and what it takes.
[[nodiscard]] std::variant<Options, EarlyExit> parseOptions(std::span<const std::string> arguments);

/// As the binary was built: "0.1.0".
[[nodiscard]] std::string_view version();

}  // namespace tidewright::control
