#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/result.h"

namespace tidewright::api {

enum class ServiceType { ClusterIP, NodePort, LoadBalancer, Headless };
[[nodiscard]] std::string_view toString(ServiceType type);

/// `spec.service`. Without ports there is no Service.
struct ServiceSpec {
  std::vector<nlohmann::json> ports;  ///< a Service's own port objects, passed on untouched
  ServiceType type = ServiceType::ClusterIP;
  bool stickyClients = false;  ///< sessionAffinity: ClientIP
  std::map<std::string, std::string> annotations;
  std::map<std::string, std::string> labels;

  bool operator==(const ServiceSpec&) const = default;
};

/// `value` is the object at `path`; null gives the defaults. Invalid names the field and what to write instead.
[[nodiscard]] Result<ServiceSpec> parseServiceSpec(const nlohmann::json& value, std::string_view path = "spec.service");

}  // namespace tidewright::api
