#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/kube/access.h"

namespace tidewright::kube {

/// An environment variable's value; none if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] std::optional<std::string> processEnvironment(const std::string& name);

/// The files to read, first to last: `flag` if given, else the parts of $KUBECONFIG, else ~/.kube/config.
[[nodiscard]] std::vector<std::string> kubeconfigFiles(std::string_view flag, const Environment& environment);

/// Merges the files as kubectl does (of entries with one name the first counts; files that do not exist are passed
/// over) and takes out `context`, or the current one if it is empty. Relative paths are relative to their file.
/// NotFound if there is no file at all; else Invalid naming file, entry and field, and never a secret.
[[nodiscard]] Result<Access> loadKubeconfig(const std::vector<std::string>& files, std::string_view context = {});

}  // namespace tidewright::kube
