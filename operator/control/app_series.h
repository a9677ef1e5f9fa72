#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "operator/api/scaled_app_status.h"
#include "operator/kube/object_key.h"

namespace tidewright::control {

/// What one app shows of itself.
struct AppFigures {
  int32_t desired = 0;
  int32_t current = 0;
  api::Phase phase = api::Phase::Progressing;
  std::vector<std::pair<std::string, double>> values;  ///< By metric; the unknown ones are left out
};

/// The metrics that each app has. Kept as numbers and made text when somebody scrapes: a library's gauges take some
/// kilobytes an app. Thread-safe.
class AppSeries {
 public:
  void set(const kube::ObjectKey& app, AppFigures figures);
  /// Only the values changed; nothing for an app that is not known.
  void setValues(const kube::ObjectKey& app, std::vector<std::pair<std::string, double>> values);
  void forget(const kube::ObjectKey& app);

  /// In Prometheus' text format, behind what is there; by app.
  void render(std::string& text) const;

 private:
  mutable std::mutex mutex_;
  std::map<kube::ObjectKey, AppFigures> apps_;
};

}  // namespace tidewright::control
