#include "operator/control/app_series.h"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace tidewright::control {
namespace {

/// A label's value as the text format wants it.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

void head(std::string& text, std::string_view name, std::string_view help) {
  fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
}

void line(std::string& text, std::string_view name, const kube::ObjectKey& app, std::string_view more, double value) {
  fmt::format_to(std::back_inserter(text), "{}{{namespace=\"{}\",app=\"{}\"{}}} {}\n", name, app.ns, app.name, more,
                 value);
}

}  // namespace

void AppSeries::set(const kube::ObjectKey& app, AppFigures figures) {
  figures.values.shrink_to_fit();
  const std::lock_guard lock(mutex_);
  apps_[app] = std::move(figures);
}

void AppSeries::setValues(const kube::ObjectKey& app, std::vector<std::pair<std::string, double>> values) {
  const std::lock_guard lock(mutex_);
  if (const auto known = apps_.find(app); known != apps_.end()) known->second.values = std::move(values);
}

void AppSeries::forget(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  apps_.erase(app);
}

void AppSeries::render(std::string& text) const {
  const std::lock_guard lock(mutex_);
  const auto family = [&](std::string_view name, std::string_view help, const auto& write) {
    head(text, name, help);
    for (const auto& [app, figures] : apps_) write(name, app, figures);
  };
  family("tidewright_desired_replicas", "The count in force, whoever decided it",
         [&](auto name, const auto& app, const AppFigures& f) { line(text, name, app, "", f.desired); });
  family("tidewright_current_replicas", "The pods that exist",
         [&](auto name, const auto& app, const AppFigures& f) { line(text, name, app, "", f.current); });
  family("tidewright_phase", "1 for the phase that the app is in",
         [&](auto name, const auto& app, const AppFigures& f) {
           line(text, name, app, fmt::format(",phase=\"{}\"", api::toString(f.phase)), 1);
         });
  family("tidewright_metric_value", "What the query of a metric gave last; absent while unknown",
         [&](auto name, const auto& app, const AppFigures& f) {
           for (const auto& [metric, value] : f.values) {
             line(text, name, app, fmt::format(",metric=\"{}\"", escaped(metric)), value);
           }
         });
}

}  // namespace tidewright::control
