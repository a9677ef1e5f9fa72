#include "operator/control/app_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::control {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text(const AppSeries& series) {
  std::string out;
  series.render(out);
  return out;
}

TEST(AppSeries, AreWrittenInPrometheusTextFormat) {
  AppSeries series;
  series.set({"shop", "web"}, {.desired = 3, .current = 2, .phase = api::Phase::Healthy, .values = {{"rps", 12.5}}});
  const std::string all = text(series);
  EXPECT_THAT(all, HasSubstr("# TYPE tidewright_desired_replicas gauge\n"
                             "tidewright_desired_replicas{namespace=\"shop\",app=\"web\"} 3\n"));
  EXPECT_THAT(all, HasSubstr("tidewright_current_replicas{namespace=\"shop\",app=\"web\"} 2\n"));
  EXPECT_THAT(all, HasSubstr("tidewright_phase{namespace=\"shop\",app=\"web\",phase=\"Healthy\"} 1\n"));
  EXPECT_THAT(all, HasSubstr("tidewright_metric_value{namespace=\"shop\",app=\"web\",metric=\"rps\"} 12.5\n"));
}

TEST(AppSeries, AMetricsNameMayHoldAnything) {
  AppSeries series;
  series.set({"shop", "web"}, {.values = {{"a\"b\\c\nd", 1}}});
  EXPECT_THAT(text(series), HasSubstr(R"(metric="a\"b\\c\nd"} 1)"));
}

TEST(AppSeries, AnAppThatIsGoneHasNone) {
  AppSeries series;
  series.set({"shop", "web"}, {.desired = 3, .values = {}});
  series.forget({"shop", "web"});
  series.setValues({"shop", "web"}, {{"rps", 1}});
  EXPECT_THAT(text(series), Not(HasSubstr("web")));
}

}  // namespace
}  // namespace tidewright::control
