#include "app/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, AreThereBeforeTheFirstRequest) {
  const SharedBoard board = makeSharedBoard();
  EXPECT_THAT(
      renderMetrics(*board, 500),
      testing::AllOf(HasSubstr("http_requests_total{code=\"200\"} 0\n"), HasSubstr("http_requests_in_flight 0\n"),
                     HasSubstr("app_queue_depth 0\n"), HasSubstr("app_capacity_rps 500\n")));
}

TEST(Metrics, AnUnknownCapacityIsAbsentAndNotZero) {
  EXPECT_THAT(renderMetrics(*makeSharedBoard(), std::nullopt), Not(HasSubstr("app_capacity_rps")));
}

TEST(Metrics, CountByCodeAndDuration) {
  const SharedBoard board = makeSharedBoard();
  board->count(200, 3ms);
  board->count(200, 5ms);
  board->count(500, 40s);
  EXPECT_THAT(renderMetrics(*board, std::nullopt),
              testing::AllOf(HasSubstr("http_requests_total{code=\"200\"} 2\n"),
                             HasSubstr("http_requests_total{code=\"500\"} 1\n"),
                             HasSubstr("http_request_duration_seconds_bucket{le=\"0.0025\"} 0\n"),
                             HasSubstr("http_request_duration_seconds_bucket{le=\"0.005\"} 2\n"),
                             HasSubstr("http_request_duration_seconds_bucket{le=\"30\"} 2\n"),
                             HasSubstr("http_request_duration_seconds_bucket{le=\"+Inf\"} 3\n"),
                             HasSubstr("http_request_duration_seconds_count 3\n")));
}

TEST(Metrics, GaugesAddUpOverProcesses) {
  const SharedBoard board = makeSharedBoard();
  board->slots[0].inFlight = 2;
  board->slots[3].inFlight = 1;
  EXPECT_THAT(renderMetrics(*board, std::nullopt), HasSubstr("http_requests_in_flight 3\n"));
}

}  // namespace
}  // namespace tidewright::app
